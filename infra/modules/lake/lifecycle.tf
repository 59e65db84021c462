locals {
  # days; null: the rule is left out
  lifecycle = {
    # never an archive class: Athena and Delta readers fail on an archived object. A transition costs twice a PUT: the
    # files that the next run or a vacuum replaces never pay it.
    lake      = { tier = "INTELLIGENT_TIERING", tier_days = 30, expire_days = null, noncurrent_days = 30 }
    artifacts = { tier = null, tier_days = null, expire_days = null, noncurrent_days = 30 }
    logs      = { tier = "GLACIER", tier_days = 90, expire_days = 365, noncurrent_days = 30 }
    # Instant Retrieval: a reload of bronze reads every original, and no load waits hours for a restore
    vendor_drop = { tier = "GLACIER_IR", tier_days = 90, expire_days = null, noncurrent_days = 30 }
    # copies that Snowflake has read, and results of queries
    stage       = { tier = null, tier_days = null, expire_days = 7, noncurrent_days = 1 }
    access_logs = { tier = null, tier_days = null, expire_days = 90, noncurrent_days = 1 }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    id     = "versions"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    noncurrent_version_expiration {
      noncurrent_days = local.lifecycle[each.key].noncurrent_days
    }
  }

  dynamic "rule" {
    for_each = local.lifecycle[each.key].tier == null ? [] : [local.lifecycle[each.key]]

    content {
      id     = "tier"
      status = "Enabled"

      filter {}

      transition {
        days          = rule.value.tier_days
        storage_class = rule.value.tier
      }
    }
  }

  dynamic "rule" {
    for_each = local.lifecycle[each.key].expire_days == null ? [] : [local.lifecycle[each.key].expire_days]

    content {
      id     = "expire"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }
    }
  }

  # a delete marker whose versions are gone slows every listing
  dynamic "rule" {
    for_each = local.lifecycle[each.key].expire_days == null ? [1] : []

    content {
      id     = "delete-markers"
      status = "Enabled"

      filter {}

      expiration {
        expired_object_delete_marker = true
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}
