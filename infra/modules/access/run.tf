# Processes that do the work: containers, EMR Serverless jobs, functions.

locals {
  log_groups = "arn:${local.partition}:logs:${local.scope}:log-group:/lakehouse/${var.name}"
  queues     = { for key, name in var.names.queues : key => "arn:${local.partition}:sqs:${local.scope}:${name}" }
  topics     = { for key, name in var.names.topics : key => "arn:${local.partition}:sns:${local.scope}:${name}" }
  functions  = { for key, name in var.names.functions : key => "arn:${local.partition}:lambda:${local.scope}:function:${name}" }

  source_secrets   = [for key, secret in var.secrets : secret.arn if key != "snowflake_publish"]
  function_secrets = [for source in ["fx_rates", "vendor_files"] : var.secrets[source].arn if contains(keys(var.secrets), source)]

  repository_arn    = "arn:${local.partition}:ecr:${local.scope}:repository/${var.names.repository}"
  state_machine_arn = "arn:${local.partition}:states:${local.scope}:stateMachine:${var.names.state_machine}"
}

# Containers: one role a step, named like the step.
data "aws_iam_policy_document" "ingest" {
  source_policy_documents = [for document in [
    data.aws_iam_policy_document.lake["load"], data.aws_iam_policy_document.load, data.aws_iam_policy_document.sources,
  ] : document.json]
}

data "aws_iam_policy_document" "build" {
  source_policy_documents = [data.aws_iam_policy_document.lake["build"].json, data.aws_iam_policy_document.athena.json]
}

data "aws_iam_policy_document" "publish" {
  source_policy_documents = [data.aws_iam_policy_document.lake["publish"].json, data.aws_iam_policy_document.stage.json]
}

# With task_runtime = sqs, one process takes the commands of every step.
data "aws_iam_policy_document" "worker" {
  source_policy_documents = [for document in [
    data.aws_iam_policy_document.lake["worker"], data.aws_iam_policy_document.load, data.aws_iam_policy_document.sources,
    data.aws_iam_policy_document.athena, data.aws_iam_policy_document.stage,
  ] : document.json]

  dynamic "statement" {
    for_each = contains(keys(local.queues), "worker") ? [local.queues.worker] : []

    content {
      sid       = "Worker"
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
      resources = [statement.value]
    }
  }

  statement {
    sid       = "WorkerAnswers"
    actions   = ["states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat"]
    resources = [local.state_machine_arn]
  }
}

data "aws_iam_policy_document" "sources" {
  # Snowflake's secret for publishing belongs to another step
  dynamic "statement" {
    for_each = length(local.source_secrets) > 0 ? [local.source_secrets] : []

    content {
      sid       = "Secrets"
      actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
      resources = statement.value
    }
  }

  # what Redshift unloaded for a load, which removes it afterwards
  statement {
    sid       = "ListUnloaded"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation"]
    resources = [var.buckets.stage.arn]
  }

  statement {
    sid       = "TakeUnloaded"
    actions   = ["s3:GetObject", "s3:DeleteObject"]
    resources = ["${var.buckets.stage.arn}/unload/*"]
  }

  statement {
    sid       = "QueueKeys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.keys.operations.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["sqs.${var.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "athena" {
  dynamic "statement" {
    for_each = local.feature.athena ? {
      Athena = {
        actions   = ["athena:GetWorkGroup", "athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:StopQueryExecution"]
        resources = [var.catalog.work_group.arn]
      }
      AthenaCatalog = {
        actions   = ["athena:GetDataCatalog"]
        resources = ["arn:${local.partition}:athena:${local.scope}:datacatalog/AwsDataCatalog"]
      }
    } : {}

    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}

data "aws_iam_policy_document" "stage" {
  statement {
    sid       = "ListStaged"
    actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"]
    resources = [var.buckets.stage.arn]
  }

  statement {
    sid       = "WriteStaged"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = ["${var.buckets.stage.arn}/publish/*"]
  }
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid     = "Login"
    actions = ["ecr:GetAuthorizationToken"]
    # resource "*": a login is the registry's; ECR knows no resource for it
    resources = ["*"]
  }

  statement {
    sid       = "Pull"
    actions   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
    resources = [local.repository_arn]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.log_groups}/task:*"]
  }
}

# ECS reads the secret for the container: the task's own role never may.
data "aws_iam_policy_document" "publish_execution" {
  source_policy_documents = [data.aws_iam_policy_document.execution.json]

  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [var.secrets.snowflake_publish.arn]
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

data "aws_iam_policy_document" "emr" {
  source_policy_documents = [data.aws_iam_policy_document.lake["build"].json]

  statement {
    sid       = "ListLogs"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.logs.arn]
  }

  statement {
    sid       = "ReadArtifacts"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.artifacts.arn}/*"]
  }

  statement {
    sid       = "JobLogs"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.buckets.logs.arn}/emr/*"]
  }

  statement {
    sid     = "FindLogGroups"
    actions = ["logs:DescribeLogGroups"]
    # resource "*": the action lists log groups and takes no single one
    resources = ["*"]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${local.log_groups}/emr", "${local.log_groups}/emr:*"]
  }

  statement {
    sid       = "DefaultDatabase"
    actions   = ["glue:GetDatabase"]
    resources = ["arn:${local.partition}:glue:${local.scope}:database/default"]
  }

  statement {
    sid       = "LogKeys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.keys.operations.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "function" {
  #checkov:skip=CKV_AWS_111:Lambda's network interfaces have no ARN before they exist; NoNetworkForCode refuses them to the code
  source_policy_documents = [data.aws_iam_policy_document.lake["load"].json, data.aws_iam_policy_document.load.json]

  dynamic "statement" {
    for_each = length(local.function_secrets) > 0 ? [local.function_secrets] : []

    content {
      sid       = "Secrets"
      actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
      resources = statement.value
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.log_groups}/functions:*"]
  }

  statement {
    sid       = "DeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = [local.queues.functions_dead_letter]
  }

  statement {
    sid       = "QueueKeys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.keys.operations.arn]
  }

  statement {
    sid = "Network"
    actions = [
      "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface", "ec2:DescribeSubnets",
      "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
    ]
    # resource "*": Lambda's interfaces have no ARN before they exist, and the describe actions take none
    resources = ["*"]
  }

  # the network rights are Lambda's; the function's own code never uses them
  statement {
    sid    = "NoNetworkForCode"
    effect = "Deny"
    actions = [
      "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface", "ec2:DescribeSubnets",
      "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
    ]
    # resource "*": a Deny for the same actions as above
    resources = ["*"]

    condition {
      test     = "ArnLike"
      variable = "lambda:SourceFunctionArn"
      values   = values(local.functions)
    }
  }

  statement {
    sid     = "Tracing"
    actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    # resource "*": X-Ray knows no resource for segments
    resources = ["*"]
  }
}
