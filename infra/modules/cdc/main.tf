data "aws_caller_identity" "this" {}

locals {
  replication_id = "${var.name}-cdc"

  table_mappings = jsonencode({
    rules = [
      for number, one in var.tables : {
        rule-type      = "selection"
        rule-id        = tostring(number + 1)
        rule-name      = "${one.schema}.${one.table}"
        rule-action    = "include"
        object-locator = { schema-name = one.schema, table-name = one.table }
        filters        = []
      }
    ]
  })

  settings = jsonencode({
    Logging          = { EnableLogging = true }
    FullLoadSettings = { TargetTablePrepMode = "DO_NOTHING" }
  })
}

resource "aws_dms_certificate" "source" {
  certificate_id  = "${var.name}-cdc-source"
  certificate_pem = var.source_database.certificate_pem
}

resource "aws_dms_endpoint" "source" {
  endpoint_id                     = "${var.name}-cdc-source"
  endpoint_type                   = "source"
  engine_name                     = var.source_database.engine
  database_name                   = var.source_database.database
  secrets_manager_arn             = var.source_database.secret_arn
  secrets_manager_access_role_arn = var.roles["dms"].arn
  kms_key_arn                     = var.keys["data"].arn
  # DMS knows no "require" for MySQL: without a certificate it is plain text
  ssl_mode        = "verify-full"
  certificate_arn = aws_dms_certificate.source.certificate_arn
}

# The settings that ingestion/sources/cdc.py requires; it stops and names one that a file contradicts.
resource "aws_dms_s3_endpoint" "target" {
  endpoint_id             = "${var.name}-cdc-target"
  endpoint_type           = "target"
  bucket_name             = var.bucket.name
  bucket_folder           = var.folder
  expected_bucket_owner   = data.aws_caller_identity.this.account_id
  service_access_role_arn = var.roles["dms"].arn
  kms_key_arn             = var.keys["data"].arn

  include_op_for_full_load                    = true
  timestamp_column_name                       = var.timestamp_column
  add_column_name                             = true
  cdc_inserts_only                            = false
  cdc_inserts_and_updates                     = false
  preserve_transactions                       = false
  use_task_start_time_for_full_load_timestamp = false

  data_format      = "parquet"
  parquet_version  = "parquet-2-0"
  compression_type = "GZIP"
  # a file for each change is a request for each change: bronze reads files of a minute or 32 MB
  cdc_max_batch_interval = 60
  cdc_min_file_size      = 32000

  encryption_mode                   = "SSE_KMS"
  server_side_encryption_kms_key_id = var.keys["vendor_drop"].arn
}

resource "aws_dms_replication_subnet_group" "this" {
  replication_subnet_group_id          = local.replication_id
  replication_subnet_group_description = "Private subnets of ${var.name}"
  subnet_ids                           = var.network.private_subnet_ids

  # DMS refuses a subnet group while it can't take its role
  depends_on = [aws_iam_role_policy_attachment.account]
}

# DMS creates its group without retention and key unless it exists
resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:DMS' log is of use for days; the change files are the record
  name              = var.serverless ? "dms-serverless-replication-${local.replication_id}" : "dms-tasks-${local.replication_id}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.keys["operations"].arn
}
