# Who read and wrote which object is recorded once, by CloudTrail: it names the role and its session, signs its files, and
# misses no request, which a proof of an erase and the list of readers of another account need. It costs one USD for a
# million requests. S3's access logs record the same requests for the price of their storage, hours late, without a
# promise that one is there: the feature access_logs adds them, or replaces the trail where that price is too high.

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
    name = "Objects of every bucket but the logs"
    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }
    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }
    field_selector {
      field = "resources.ARN"
      # a trail that recorded its own bucket would record its own records
      starts_with = [for key, bucket in var.buckets : "${bucket.arn}/" if key != "logs"]
    }
  }
}
