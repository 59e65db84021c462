# What every process that loads or builds needs: the lake's objects, its catalog, its keys.

locals {
  bronze = "${var.catalog.prefix}bronze"

  # build: every layer, and the stage. load: bronze alone, for functions, which only load.
  scopes = {
    build = {
      buckets   = [var.buckets.lake.arn, var.buckets.stage.arn]
      objects   = ["${var.buckets.lake.arn}/*", "${var.buckets.stage.arn}/*"]
      databases = values(var.catalog.databases)
    }
    load = {
      buckets   = [var.buckets.lake.arn]
      objects   = ["${var.buckets.lake.arn}/lake/${local.bronze}/*"]
      databases = [var.catalog.databases.bronze]
    }
  }

  key_services = {
    data       = ["s3", "dynamodb", "secretsmanager"]
    operations = ["sqs"]
  }
}

data "aws_iam_policy_document" "lake" {
  for_each = local.scopes

  statement {
    sid       = "ListLake"
    actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"]
    resources = each.value.buckets
  }

  statement {
    sid       = "WriteLake"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = each.value.objects
  }

  statement {
    sid = "Catalog"
    actions = [
      "glue:GetDatabase", "glue:GetDatabases",
      "glue:GetTable", "glue:GetTables", "glue:GetTableVersion", "glue:GetTableVersions",
      "glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable", "glue:BatchDeleteTable", "glue:BatchDeleteTableVersion",
      "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition",
      "glue:BatchCreatePartition", "glue:CreatePartition", "glue:UpdatePartition", "glue:DeletePartition", "glue:BatchDeletePartition",
    ]
    resources = concat(
      ["arn:${local.partition}:glue:${local.scope}:catalog"],
      flatten([for database in each.value.databases : [
        "arn:${local.partition}:glue:${local.scope}:database/${database}",
        "arn:${local.partition}:glue:${local.scope}:table/${database}/*",
      ]]),
    )
  }

  statement {
    sid       = "State"
    actions   = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query", "dynamodb:BatchWriteItem"]
    resources = [var.tables.state.arn]
  }

  statement {
    sid       = "Keys"
    actions   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
    resources = [var.keys.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for service in local.key_services.data : "${service}.${var.region}.amazonaws.com"]
    }
  }
}

# Loads read the vendor drop and take leases.
data "aws_iam_policy_document" "load" {
  statement {
    sid       = "ListArrivals"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation"]
    resources = [var.buckets.vendor_drop.arn]
  }

  statement {
    sid       = "ReadArrivals"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${var.buckets.vendor_drop.arn}/*"]
  }

  statement {
    sid       = "ArrivalKeys"
    actions   = ["kms:Decrypt"]
    resources = [var.keys.vendor_drop.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "Leases"
    actions   = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:UpdateItem"]
    resources = [var.tables.leases.arn]
  }

  statement {
    sid       = "TakeArrivals"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
    resources = [local.queues.arrivals]
  }
}
