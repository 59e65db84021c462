resource "aws_cloudtrail" "data" {
  #checkov:skip=CKV2_AWS_10:data events in CloudWatch Logs cost ten times their copy in S3, which Athena reads
  #checkov:skip=CKV_AWS_252:a message for each delivered file is noise; alarms are on runs and queues
  count = lookup(var.features, "cloudtrail", true) ? 1 : 0

  name                       = "${var.name}-data-events"
  s3_bucket_name             = var.buckets["logs"].name
  s3_key_prefix              = "cloudtrail"
  kms_key_id                 = var.keys["operations"].arn
  enable_log_file_validation = true
  is_multi_region_trail      = true

  # management events belong to the account's own trail: a second copy of them costs
  advanced_event_selector {
    name = "Objects of the lake, its backups and what vendors sent"
    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }
    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }
    field_selector {
      field       = "resources.ARN"
      starts_with = [for key in ["lake", "backups", "vendor_drop"] : "${var.buckets[key].arn}/"]
    }
  }
}
