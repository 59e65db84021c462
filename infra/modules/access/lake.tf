# What every process that loads or builds needs: the lake's objects, its catalog, its keys.

locals {
  catalog_arns = concat(
    ["arn:${local.partition}:glue:${local.scope}:catalog"],
    [for database in values(var.catalog.databases) : "arn:${local.partition}:glue:${local.scope}:database/${database}"],
    [for database in values(var.catalog.databases) : "arn:${local.partition}:glue:${local.scope}:table/${database}/*"],
  )

  key_services = {
    data       = ["s3", "dynamodb", "secretsmanager"]
    operations = ["s3", "sqs", "sns"]
  }
}

data "aws_iam_policy_document" "lake" {
  statement {
    sid       = "ListLake"
    actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"]
    resources = [var.buckets.lake.arn, var.buckets.stage.arn]
  }

  statement {
    sid       = "WriteLake"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = ["${var.buckets.lake.arn}/*", "${var.buckets.stage.arn}/*"]
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
    resources = local.catalog_arns
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

# Ingest reads sources, takes leases, and runs SQL on Athena.
data "aws_iam_policy_document" "load" {
  source_policy_documents = [data.aws_iam_policy_document.lake.json]

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
    sid       = "Leases"
    actions   = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:UpdateItem"]
    resources = [var.tables.leases.arn]
  }

  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = [for secret in values(var.secrets) : secret.arn]
  }
}
