mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/mock" }
  }
  mock_resource "aws_dms_certificate" {
    defaults = { certificate_arn = "arn:aws:dms:us-east-1:123456789012:cert:mock" }
  }
  mock_resource "aws_dms_endpoint" {
    defaults = { endpoint_arn = "arn:aws:dms:us-east-1:123456789012:endpoint:source" }
  }
  mock_resource "aws_dms_s3_endpoint" {
    defaults = { endpoint_arn = "arn:aws:dms:us-east-1:123456789012:endpoint:target" }
  }
  mock_resource "aws_dms_replication_task" {
    defaults = { replication_task_arn = "arn:aws:dms:us-east-1:123456789012:task:ABCDEF" }
  }
  mock_resource "aws_dms_replication_instance" {
    defaults = { replication_instance_arn = "arn:aws:dms:us-east-1:123456789012:rep:mock" }
  }
}

variables {
  name    = "lakehouse-test"
  region  = "us-east-1"
  network = { private_subnet_ids = ["subnet-1", "subnet-2"], security_group_id = "sg-1" }
  roles   = { dms = { name = "dms", arn = "arn:aws:iam::123456789012:role/dms" } }
  bucket  = { name = "vendor-drop", arn = "arn:aws:s3:::vendor-drop" }
  topics  = { critical = "arn:aws:sns:us-east-1:123456789012:lakehouse-test-critical" }
  keys = {
    data        = { id = "1", arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111" }
    operations  = { id = "2", arn = "arn:aws:kms:us-east-1:123456789012:key/22222222-2222-2222-2222-222222222222" }
    vendor_drop = { id = "3", arn = "arn:aws:kms:us-east-1:123456789012:key/33333333-3333-3333-3333-333333333333" }
  }
  source_database = {
    database        = "shop"
    secret_arn      = "arn:aws:secretsmanager:us-east-1:123456789012:secret:mysql"
    certificate_pem = "-----BEGIN CERTIFICATE-----\nmock\n-----END CERTIFICATE-----"
  }
}

run "the_target_writes_what_the_cdc_source_reads" {
  command = apply

  assert {
    condition = (
      aws_dms_s3_endpoint.target.include_op_for_full_load &&
      aws_dms_s3_endpoint.target.add_column_name &&
      aws_dms_s3_endpoint.target.timestamp_column_name == "dms_ts" &&
      !aws_dms_s3_endpoint.target.cdc_inserts_only &&
      !aws_dms_s3_endpoint.target.cdc_inserts_and_updates &&
      !aws_dms_s3_endpoint.target.preserve_transactions &&
      !aws_dms_s3_endpoint.target.use_task_start_time_for_full_load_timestamp
    )
    error_message = "The endpoint's settings are those of ingestion/sources/cdc.py."
  }
  assert {
    condition     = aws_dms_s3_endpoint.target.server_side_encryption_kms_key_id == var.keys["vendor_drop"].arn && aws_dms_endpoint.source.ssl_mode == "verify-full"
    error_message = "Files are encrypted with the key of the vendor drop, the database's connection is verified."
  }
}

run "an_instance_is_private" {
  command = apply

  assert {
    condition     = !aws_dms_replication_instance.this[0].publicly_accessible && length(aws_dms_replication_config.this) == 0
    error_message = "The instance has no public address."
  }
  assert {
    condition     = jsondecode(aws_dms_replication_task.this[0].table_mappings).rules[0].object-locator.table-name == "payments"
    error_message = "The task follows the declared tables."
  }
}

run "a_replication_that_stops_pages" {
  command = apply
  variables {
    start = true
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.behind[0].treat_missing_data == "breaching" && one(aws_cloudwatch_metric_alarm.behind[0].alarm_actions) == var.topics["critical"]
    error_message = "A replication without a metric is stopped."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.behind[0].dimensions["ReplicationTaskIdentifier"] == "ABCDEF"
    error_message = "CloudWatch knows a task by the end of its ARN."
  }
}

run "dms_finds_its_roles_in_the_account" {
  command = apply

  assert {
    condition = { for name, attached in aws_iam_role_policy_attachment.account : name => attached.policy_arn } == {
      dms-vpc-role             = "arn:aws:iam::aws:policy/service-role/AmazonDMSVPCManagementRole"
      dms-cloudwatch-logs-role = "arn:aws:iam::aws:policy/service-role/AmazonDMSCloudWatchLogsRole"
    }
    error_message = "DMS takes two roles by their names, with AWS' policies."
  }
  assert {
    condition     = alltrue([for role in aws_iam_role.account : role.permissions_boundary != null]) && length(data.aws_iam_policy_document.account_role_trust.statement[0].condition) == 0
    error_message = "They are below a boundary; a condition on the account would stop DMS' logs."
  }
}

run "roles_that_the_account_has_are_left_alone" {
  command = apply
  variables {
    account_roles = false
  }

  assert {
    condition     = length(aws_iam_role.account) + length(aws_iam_policy.account_role_boundary) == 0
    error_message = "Two states can't own one role."
  }
}

run "serverless_has_a_limit" {
  command = apply
  variables {
    serverless = true
  }

  assert {
    condition     = aws_dms_replication_config.this[0].compute_config[0].max_capacity_units == 4 && length(aws_dms_replication_instance.this) == 0
    error_message = "A serverless replication has an upper limit."
  }
}

run "a_pattern_of_tables_is_refused" {
  command = plan
  variables {
    tables = [{ schema = "shop", table = "%" }]
  }
  expect_failures = [var.tables]
}
