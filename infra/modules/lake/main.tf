data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
  scope     = "${var.region}:${local.account}"

  roles = toset(["lake", "artifacts", "logs", "vendor_drop", "stage"])
  all   = setunion(local.roles, var.access_logs ? ["access_logs"] : [])
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_144:replication is the variable `replication`, for the lake; the others can be made again
  #checkov:skip=CKV2_AWS_62:only the vendor drop has a consumer of events
  #checkov:skip=CKV_AWS_18:CloudTrail's data events record requests; access logs are the variable `access_logs`
  #checkov:skip=CKV_AWS_145:aws_s3_bucket_server_side_encryption_configuration.this; S3 delivers access logs to SSE-S3 buckets only
  for_each = local.all

  # names of buckets are global: the account keeps them unique
  bucket        = "${var.name}-${replace(each.key, "_", "-")}-${local.account}"
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    bucket_key_enabled = each.key != "access_logs"

    apply_server_side_encryption_by_default {
      # S3 delivers access logs only to buckets that are encrypted with its own keys
      sse_algorithm     = each.key == "access_logs" ? "AES256" : "aws:kms"
      kms_master_key_id = each.key == "access_logs" ? null : aws_kms_key.this[local.key_of[each.key]].arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = aws_s3_bucket.this

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_notification" "vendor_drop" {
  bucket      = aws_s3_bucket.this["vendor_drop"].id
  eventbridge = true
}

resource "aws_s3_bucket_logging" "this" {
  for_each = var.access_logs ? local.roles : toset([])

  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = aws_s3_bucket.this["access_logs"].id
  target_prefix = "${each.key}/"
}
