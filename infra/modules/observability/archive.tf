# CloudWatch keeps 30 days; the logs bucket keeps the year. Three ways lead there:
#   CreateExportTask is free, but one runs at a time in an account, and a scheduler can't compute its epoch times.
#   A function that reads the group and writes objects is code to operate.
#   Firehose costs 0.029 USD a GB and has neither limit: a lake that logs 1 GB a month pays three cents.
# So it is Firehose, and it stands only where the access module gives its two roles.

resource "aws_cloudwatch_log_group" "archive" {
  #checkov:skip=CKV_AWS_338:errors of the delivery are of use for days, not for a year
  count = var.archive_roles == null ? 0 : 1

  name              = "/lakehouse/${var.name}/log-archive"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.keys["operations"].arn
}

resource "aws_cloudwatch_log_stream" "archive" {
  count = var.archive_roles == null ? 0 : 1

  name           = "delivery"
  log_group_name = aws_cloudwatch_log_group.archive[0].name
}

resource "aws_kinesis_firehose_delivery_stream" "archive" {
  count = var.archive_roles == null ? 0 : 1

  name        = "${var.name}-log-archive"
  destination = "extended_s3"

  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = var.keys["operations"].arn
  }

  extended_s3_configuration {
    role_arn            = var.archive_roles.delivery
    bucket_arn          = var.buckets["logs"].arn
    prefix              = "cloudwatch/!{timestamp:yyyy/MM/dd}/"
    error_output_prefix = "cloudwatch-errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/"
    kms_key_arn         = var.keys["operations"].arn
    buffering_size      = 64
    buffering_interval  = 900
    # CloudWatch sends gzip already: a second compression makes objects that no tool opens
    compression_format = "UNCOMPRESSED"

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.archive[0].name
      log_stream_name = aws_cloudwatch_log_stream.archive[0].name
    }
  }
}

resource "aws_cloudwatch_log_subscription_filter" "archive" {
  for_each = var.archive_roles == null ? {} : local.log_groups

  name            = "${var.name}-archive"
  log_group_name  = aws_cloudwatch_log_group.this[each.key].name
  filter_pattern  = ""
  destination_arn = aws_kinesis_firehose_delivery_stream.archive[0].arn
  role_arn        = var.archive_roles.subscription
}
