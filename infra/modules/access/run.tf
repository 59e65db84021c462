# Processes that do the work: containers, EMR Serverless jobs, functions.

locals {
  log_groups = "arn:${local.partition}:logs:${local.scope}:log-group:/lakehouse/${var.name}"
  queues     = { for key, name in var.names.queues : key => "arn:${local.partition}:sqs:${local.scope}:${name}" }
  topics     = { for key, name in var.names.topics : key => "arn:${local.partition}:sns:${local.scope}:${name}" }
  functions  = { for key, name in var.names.functions : key => "arn:${local.partition}:lambda:${local.scope}:function:${name}" }

  function_secrets = [for source in ["fx_rates", "vendor_files"] : var.secrets[source].arn if contains(keys(var.secrets), source)]

  repository_arn    = "arn:${local.partition}:ecr:${local.scope}:repository/${var.names.repository}"
  state_machine_arn = "arn:${local.partition}:states:${local.scope}:stateMachine:${var.names.state_machine}"
}

data "aws_iam_policy_document" "task" {
  source_policy_documents = [data.aws_iam_policy_document.lake["build"].json, data.aws_iam_policy_document.load.json]

  # read only: who writes artifacts decides what Spark jobs and Airflow run
  statement {
    sid       = "Artifacts"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets.artifacts.arn}/*"]
  }

  # Snowflake's secret for publishing reaches the container by ECS
  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = [for key, secret in var.secrets : secret.arn if key != "snowflake_publish"]
  }

  statement {
    sid       = "Athena"
    actions   = ["athena:GetWorkGroup", "athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:StopQueryExecution"]
    resources = [var.catalog.work_group.arn]
  }

  statement {
    sid       = "AthenaCatalog"
    actions   = ["athena:GetDataCatalog"]
    resources = ["arn:${local.partition}:athena:${local.scope}:datacatalog/AwsDataCatalog"]
  }

  dynamic "statement" {
    for_each = contains(keys(local.queues), "worker") ? [local.queues.worker] : []

    content {
      sid       = "Worker"
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = contains(keys(local.queues), "worker") ? [local.state_machine_arn] : []

    content {
      sid       = "WorkerAnswers"
      actions   = ["states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat"]
      resources = [statement.value]
    }
  }

  statement {
    sid       = "QueueKeys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.keys.operations.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for service in local.key_services.operations : "${service}.${var.region}.amazonaws.com"]
    }
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
    sid       = "ListArtifacts"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets.artifacts.arn, var.buckets.logs.arn]
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
