# What every process that loads, builds or publishes needs: the lake's objects, its catalog, its keys.

locals {
  bronze = "${var.catalog.prefix}bronze"
  built  = [for layer, database in var.catalog.databases : database if layer != "bronze"]
  lake   = "${var.buckets.lake.arn}/lake"

  # load: bronze alone. build: reads bronze, writes the other layers, and the lock of builds. publish: reads. worker: all of it.
  scopes = {
    load = {
      reads    = []
      writes   = ["${local.lake}/${local.bronze}/*"]
      catalog  = [var.catalog.databases.bronze]
      services = ["s3", "dynamodb", "secretsmanager"]
    }
    build = {
      reads = ["${local.lake}/*"]
      writes = concat(
        [for database in local.built : "${local.lake}/${database}/*"],
        ["${local.lake}/.locks/*"],
        # a release's canary builds in schemas of its own: infra/release/canary.py
        ["${local.lake}/${var.catalog.prefix}canary_*"],
        local.feature.athena ? ["${var.buckets.lake.arn}/lake-athena/*"] : [],
      )
      catalog  = values(var.catalog.databases)
      services = ["s3", "dynamodb"]
    }
    publish = {
      reads    = ["${local.lake}/*"]
      writes   = []
      catalog  = []
      services = ["s3", "dynamodb"]
    }
    worker = {
      reads    = []
      writes   = concat(["${local.lake}/*"], local.feature.athena ? ["${var.buckets.lake.arn}/lake-athena/*"] : [])
      catalog  = values(var.catalog.databases)
      services = ["s3", "dynamodb", "secretsmanager"]
    }
  }
}

data "aws_iam_policy_document" "lake" {
  for_each = local.scopes

  statement {
    sid       = "${title(each.key)}Lists"
    actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"]
    resources = [var.buckets.lake.arn]
  }

  dynamic "statement" {
    for_each = length(each.value.reads) > 0 ? [each.value.reads] : []

    content {
      sid       = "${title(each.key)}Reads"
      actions   = ["s3:GetObject"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(each.value.writes) > 0 ? [each.value.writes] : []

    content {
      sid       = "${title(each.key)}Writes"
      actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(each.value.catalog) > 0 ? [each.value.catalog] : []

    content {
      sid = "${title(each.key)}Catalog"
      actions = [
        "glue:GetDatabase", "glue:GetDatabases",
        "glue:GetTable", "glue:GetTables", "glue:GetTableVersion", "glue:GetTableVersions",
        "glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable", "glue:BatchDeleteTable", "glue:BatchDeleteTableVersion",
        "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition",
        "glue:BatchCreatePartition", "glue:CreatePartition", "glue:UpdatePartition", "glue:DeletePartition", "glue:BatchDeletePartition",
        # Spark looks a function up in the catalog before it takes its own
        "glue:GetUserDefinedFunction", "glue:GetUserDefinedFunctions",
      ]
      resources = concat(
        ["arn:${local.partition}:glue:${local.scope}:catalog"],
        flatten([for database in statement.value : [
          "arn:${local.partition}:glue:${local.scope}:database/${database}",
          "arn:${local.partition}:glue:${local.scope}:table/${database}/*",
          "arn:${local.partition}:glue:${local.scope}:userDefinedFunction/${database}/*",
        ]]),
      )
    }
  }

  # what dbt leaves of a build, for the next worker
  dynamic "statement" {
    for_each = contains(["build", "worker"], each.key) ? [1] : []

    content {
      sid       = "${title(each.key)}ListsArtifacts"
      actions   = ["s3:ListBucket"]
      resources = [var.buckets.artifacts.arn]
    }
  }

  dynamic "statement" {
    for_each = contains(["build", "worker"], each.key) ? [1] : []

    content {
      sid       = "${title(each.key)}Artifacts"
      actions   = ["s3:GetObject", "s3:PutObject"]
      resources = ["${var.buckets.artifacts.arn}/runs/*"]
    }
  }

  statement {
    sid       = "${title(each.key)}State"
    actions   = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query", "dynamodb:BatchWriteItem"]
    resources = [var.tables.state.arn]
  }

  statement {
    sid       = "${title(each.key)}Keys"
    actions   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
    resources = [var.keys.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for service in each.value.services : "${service}.${var.region}.amazonaws.com"]
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
