# The ceiling of every role: what no policy of this deployment exceeds, whoever edits it. It grants nothing by itself.

locals {
  ceiling = [
    "airflow:PublishMetrics",
    "athena:GetDataCatalog", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:GetWorkGroup",
    "athena:StartQueryExecution", "athena:StopQueryExecution",
    "cloudwatch:PutMetricData",
    "dynamodb:BatchWriteItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
    "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
    "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
    "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
    "ecs:DescribeTasks", "ecs:RunTask", "ecs:StopTask", "ecs:TagResource",
    "emr-serverless:CancelJobRun", "emr-serverless:GetApplication", "emr-serverless:GetJobRun",
    "emr-serverless:StartApplication", "emr-serverless:StartJobRun", "emr-serverless:TagResource",
    "firehose:PutRecord", "firehose:PutRecordBatch",
    "events:DescribeRule", "events:PutRule", "events:PutTargets",
    "glue:BatchCreatePartition", "glue:BatchDeletePartition", "glue:BatchDeleteTable", "glue:BatchDeleteTableVersion",
    "glue:BatchGetPartition", "glue:CreatePartition", "glue:CreateTable", "glue:DeletePartition", "glue:DeleteTable",
    "glue:GetDatabase", "glue:GetDatabases", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables",
    "glue:GetTableVersion", "glue:GetTableVersions", "glue:GetUserDefinedFunction", "glue:GetUserDefinedFunctions", "glue:UpdatePartition", "glue:UpdateTable",
    "iam:PassRole",
    # of the streaming module
    "kafka-cluster:Connect", "kafka-cluster:DescribeCluster", "kafka-cluster:DescribeTopic", "kafka-cluster:ReadData",
    "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards",
    "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey",
    "lambda:InvokeFunction",
    "logs:CreateLogDelivery", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DeleteLogDelivery", "logs:DescribeLogGroups",
    "logs:DescribeLogStreams", "logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:GetLogEvents", "logs:GetLogGroupFields",
    "logs:GetLogRecord", "logs:GetQueryResults", "logs:ListLogDeliveries", "logs:PutLogEvents", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
    "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetAccountPublicAccessBlock", "s3:GetBucketLocation",
    "s3:GetBucketPublicAccessBlock", "s3:GetEncryptionConfiguration", "s3:GetObject", "s3:GetObjectVersion",
    "s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging", "s3:GetReplicationConfiguration",
    "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions", "s3:ListMultipartUploadParts",
    "s3:PutObject", "s3:PutObjectTagging", "s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags",
    "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue",
    "sns:Publish",
    "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:SendMessage",
    "states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess", "states:StartExecution",
    "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
  ]
}

data "aws_iam_policy_document" "boundary" {
  statement {
    sid     = "Ceiling"
    actions = local.ceiling
    # resource "*": a boundary grants nothing; each role's own policy names the resources
    resources = ["*"]

    # data never leaves for a bucket or a queue of another account
    condition {
      test     = "StringEqualsIfExists"
      variable = "aws:ResourceAccount"
      values   = [local.account]
    }
  }

  # Airflow's own queue lies in an account of AWS
  statement {
    sid       = "Celery"
    actions   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:SendMessage"]
    resources = ["arn:${local.partition}:sqs:${var.region}:*:airflow-celery-*"]
  }
}

resource "aws_iam_policy" "boundary" {
  name        = "${var.name}-boundary"
  description = "Permissions boundary of every role of ${var.name}"
  policy      = data.aws_iam_policy_document.boundary.json
}
