locals {
  services_write = setunion(["logs"], var.access_logs ? ["access_logs"] : [])
}

resource "aws_s3_bucket_policy" "this" {
  for_each = var.require_tls ? local.all : local.services_write

  bucket = aws_s3_bucket.this[each.key].id
  policy = data.aws_iam_policy_document.bucket[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.this]
}

data "aws_iam_policy_document" "bucket" {
  for_each = var.require_tls ? local.all : local.services_write

  dynamic "statement" {
    for_each = var.require_tls ? {
      PlainHttp = { test = "Bool", variable = "aws:SecureTransport", values = ["false"] }
      OldTls    = { test = "NumericLessThan", variable = "s3:TlsVersion", values = ["1.2"] }
    } : {}

    content {
      sid    = "Refuse${statement.key}"
      effect = "Deny"
      # a Deny of every action: a list would leave out the next one that S3 gets
      actions   = ["s3:*"]
      resources = [aws_s3_bucket.this[each.key].arn, "${aws_s3_bucket.this[each.key].arn}/*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }

      condition {
        test     = statement.value.test
        variable = statement.value.variable
        values   = statement.value.values
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "access_logs" ? [1] : []

    content {
      sid       = "AccessLogs"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.this[each.key].arn}/*"]

      principals {
        type        = "Service"
        identifiers = ["logging.s3.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = [for role in local.roles : aws_s3_bucket.this[role].arn]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "logs" ? local.log_writers : {}

    content {
      sid       = "${statement.key}Check"
      actions   = ["s3:GetBucketAcl"]
      resources = [aws_s3_bucket.this[each.key].arn]

      principals {
        type        = "Service"
        identifiers = [statement.value.service]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = [statement.value.source]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "logs" ? local.log_writers : {}

    content {
      sid       = "${statement.key}Write"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.this[each.key].arn}/${statement.value.prefix}/AWSLogs/${local.account}/*"]

      principals {
        type        = "Service"
        identifiers = [statement.value.service]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = [statement.value.source]
      }

      condition {
        test     = "StringEquals"
        variable = "s3:x-amz-acl"
        values   = ["bucket-owner-full-control"]
      }
    }
  }
}

locals {
  log_writers = {
    Trail    = { service = "cloudtrail.amazonaws.com", prefix = "cloudtrail", source = local.trail_arn }
    FlowLogs = { service = "delivery.logs.amazonaws.com", prefix = "flow-logs", source = "arn:${local.partition}:logs:${local.scope}:*" }
  }
}
