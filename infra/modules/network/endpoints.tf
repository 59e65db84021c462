locals {
  gateways = toset(["s3", "dynamodb"])

  # Each costs by the hour and zone. Fargate needs no endpoint of ECS itself, only who starts tasks does; S3, DynamoDB and
  # Secrets Manager call KMS themselves; a container and a job get their role's credentials without STS.
  interfaces = setunion(["glue", "secretsmanager", "logs", "ecr.api", "ecr.dkr"], var.services)

  # what this deployment calls from inside the VPC
  actions = {
    s3 = [
      "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetBucketLocation", "s3:GetBucketPublicAccessBlock",
      "s3:GetEncryptionConfiguration", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket",
      "s3:ListBucketMultipartUploads", "s3:ListBucketVersions", "s3:ListMultipartUploadParts", "s3:PutObject", "s3:PutObjectTagging",
    ]
    dynamodb = [
      "dynamodb:BatchWriteItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
    ]
    glue = [
      "glue:BatchCreatePartition", "glue:BatchDeletePartition", "glue:BatchDeleteTable", "glue:BatchDeleteTableVersion",
      "glue:BatchGetPartition", "glue:CreatePartition", "glue:CreateTable", "glue:DeletePartition", "glue:DeleteTable",
      "glue:GetDatabase", "glue:GetDatabases", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables",
      "glue:GetTableVersion", "glue:GetTableVersions", "glue:GetUserDefinedFunction", "glue:GetUserDefinedFunctions",
      "glue:UpdatePartition", "glue:UpdateTable",
    ]
    athena = [
      "athena:GetDataCatalog", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:GetWorkGroup",
      "athena:StartQueryExecution", "athena:StopQueryExecution",
    ]
    kms            = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
    secretsmanager = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    sts            = ["sts:AssumeRole", "sts:GetCallerIdentity"]
    logs = [
      "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
      "logs:GetLogEvents", "logs:PutLogEvents",
    ]
    "emr-serverless" = [
      "emr-serverless:CancelJobRun", "emr-serverless:GetApplication", "emr-serverless:GetJobRun",
      "emr-serverless:StartApplication", "emr-serverless:StartJobRun", "emr-serverless:TagResource",
    ]
    "ecr.api" = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"]
    "ecr.dkr" = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    sqs = [
      "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:SendMessage",
    ]
    ecs           = ["ecs:DescribeTasks", "ecs:RunTask", "ecs:StopTask", "ecs:TagResource"]
    sns           = ["sns:Publish"]
    states        = ["states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"]
    monitoring    = ["cloudwatch:PutMetricData"]
    "airflow.api" = ["airflow:GetEnvironment"]
    "airflow.env" = ["airflow:CreateCliToken", "airflow:CreateWebLoginToken", "airflow:InvokeRestApi", "airflow:PublishMetrics"]
  }

  # what the account's own resources leave out
  foreign = {
    # ECR hands out layers by signed addresses of a bucket that AWS owns: no principal of this account signs them,
    # and without this statement no image can be pulled
    s3 = concat(
      [{
        sid       = "ImageLayers"
        actions   = ["s3:GetObject"]
        resources = ["arn:${local.partition}:s3:::prod-${var.region}-starport-layer-bucket/*"]
      }],
      # EMR's packages and what its workers fetch at their start, as its guide for private subnets lists them
      var.emr ? [{
        sid     = "SparkReleases"
        actions = ["s3:GetObject"]
        resources = [for bucket in [
          "repo.${var.region}.emr.amazonaws.com",
          "aws157-instance-data-${local.emr_bucket}0-prod-${var.region}",
          "aws157-instance-data-${local.emr_bucket}1-prod-${var.region}",
          "al2023-repos-${var.region}-de612dc2",
        ] : "arn:${local.partition}:s3:::${bucket}/*"]
      }] : [],
    )
    # Airflow's own queue lies in an account of AWS
    sqs = contains(var.services, "airflow.env") ? [{
      sid       = "AirflowQueue"
      actions   = local.actions.sqs
      resources = ["arn:${local.partition}:sqs:${var.region}:*:airflow-celery-*"]
    }] : []
  }

  # EMR named its buckets otherwise in one region
  emr_bucket = var.region == "ap-southeast-2" ? "bucket-" : ""

  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
}

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_iam_policy_document" "endpoint" {
  for_each = setunion(local.gateways, local.interfaces)

  # stolen credentials of another account carry nothing out, and ours reach nothing of another account
  statement {
    sid     = "OwnAccount"
    actions = local.actions[each.key]
    # resource "*": the account's resources, by the condition
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [local.account]
    }

    # tokens and identities belong to no resource
    condition {
      test     = "StringEqualsIfExists"
      variable = "aws:ResourceAccount"
      values   = [local.account]
    }
  }

  dynamic "statement" {
    for_each = lookup(local.foreign, each.key, [])

    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
    }
  }
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = local.gateways

  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
  policy            = data.aws_iam_policy_document.endpoint[each.key].json

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interfaces

  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = aws_subnet.private[*].id
  security_group_ids  = [aws_security_group.endpoints.id]
  private_dns_enabled = true
  policy              = data.aws_iam_policy_document.endpoint[each.key].json

  tags = { Name = "${var.name}-${each.key}" }
}
