# Roles that others assume: DMS, vendors, the log archive, Snowflake, Redshift, CI, reading accounts.

data "aws_iam_policy_document" "dms" {
  statement {
    sid       = "ListChanges"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation"]
    resources = [var.buckets.vendor_drop.arn]
  }

  statement {
    sid       = "WriteChanges"
    actions   = ["s3:PutObject", "s3:DeleteObject", "s3:PutObjectTagging", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = ["${var.buckets.vendor_drop.arn}/cdc/*"]
  }

  dynamic "statement" {
    for_each = var.externals.cdc == null ? [] : [var.externals.cdc.secret_arn]

    content {
      sid       = "Secret"
      actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
      resources = [statement.value]
    }
  }

  statement {
    sid       = "ChangeKeys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.keys.vendor_drop.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "SecretKeys"
    actions   = ["kms:Decrypt"]
    resources = [var.keys.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }
}

# A vendor writes below its prefix, and neither reads, lists nor deletes, not even its own files.
data "aws_iam_policy_document" "vendor" {
  for_each = var.externals.vendors

  statement {
    sid       = "Deliver"
    actions   = ["s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${var.buckets.vendor_drop.arn}/${coalesce(each.value.prefix, each.key)}/*"]
  }

  # S3 decrypts the parts of a large upload when it joins them
  statement {
    sid       = "Keys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.keys.vendor_drop.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "log_subscription" {
  statement {
    sid       = "Deliver"
    actions   = ["firehose:PutRecord", "firehose:PutRecordBatch"]
    resources = ["arn:${local.partition}:firehose:${local.scope}:deliverystream/${var.names.log_archive}"]
  }
}

data "aws_iam_policy_document" "log_delivery" {
  statement {
    sid       = "ListLogs"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [var.buckets.logs.arn]
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = ["${var.buckets.logs.arn}/cloudwatch/*", "${var.buckets.logs.arn}/cloudwatch-errors/*"]
  }

  statement {
    sid       = "Errors"
    actions   = ["logs:PutLogEvents"]
    resources = ["${local.log_groups}/log-archive:*"]
  }

  statement {
    sid       = "Keys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.keys.operations.arn]
  }
}

data "aws_iam_policy_document" "snowflake" {
  statement {
    sid       = "LocateStage"
    actions   = ["s3:GetBucketLocation"]
    resources = [var.buckets.stage.arn]
  }

  statement {
    sid       = "ListStage"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.stage.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["publish", "publish/*"]
    }
  }

  statement {
    sid       = "ReadStage"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${var.buckets.stage.arn}/publish/*"]
  }

  statement {
    sid       = "Keys"
    actions   = ["kms:Decrypt"]
    resources = [var.keys.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "redshift_unload" {
  statement {
    sid       = "ListStage"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation"]
    resources = [var.buckets.stage.arn]
  }

  statement {
    sid       = "Unload"
    actions   = ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = ["${var.buckets.stage.arn}/unload/*"]
  }

  statement {
    sid       = "Keys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.keys.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "ci" {
  statement {
    sid     = "Login"
    actions = ["ecr:GetAuthorizationToken"]
    # resource "*": a login is the registry's; ECR knows no resource for it
    resources = ["*"]
  }

  statement {
    sid = "Push"
    actions = [
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:DescribeImages",
      "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage",
    ]
    resources = [local.repository_arn]
  }

  statement {
    sid       = "ListArtifacts"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.artifacts.arn]
  }

  statement {
    sid       = "WriteArtifacts"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${var.buckets.artifacts.arn}/*"]
  }

  statement {
    sid       = "Keys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.keys.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}

locals {
  gold_arns = [
    "arn:${local.partition}:glue:${local.scope}:catalog",
    "arn:${local.partition}:glue:${local.scope}:database/${var.catalog.databases.gold}",
    "arn:${local.partition}:glue:${local.scope}:table/${var.catalog.databases.gold}/*",
  ]
}

data "aws_iam_policy_document" "reader" {
  statement {
    sid       = "ListGold"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.lake.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["lake/${var.catalog.prefix}gold/*"]
    }
  }

  statement {
    sid       = "ReadGold"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.lake.arn}/lake/${var.catalog.prefix}gold/*"]
  }

  statement {
    sid       = "Catalog"
    actions   = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:GetPartitions"]
    resources = local.gold_arns
  }

  statement {
    sid       = "Keys"
    actions   = ["kms:Decrypt"]
    resources = [var.keys.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}
