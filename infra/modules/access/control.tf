# Services that start the work: Step Functions, EventBridge, Airflow, API Gateway.

locals {
  cluster_arn = "arn:${local.partition}:ecs:${local.scope}:cluster/${var.names.cluster}"
  emr_arn     = "arn:${local.partition}:emr-serverless:${local.scope}:/applications/${coalesce(var.names.emr_application_id, "none")}"
}

# Start a container.
data "aws_iam_policy_document" "start_task" {
  statement {
    sid       = "RunTask"
    actions   = ["ecs:RunTask"]
    resources = [for family in values(var.names.task_families) : "arn:${local.partition}:ecs:${local.scope}:task-definition/${family}:*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [local.cluster_arn]
    }
  }

  statement {
    sid       = "TagTask"
    actions   = ["ecs:TagResource"]
    resources = ["arn:${local.partition}:ecs:${local.scope}:task/${var.names.cluster}/*"]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RunTask"]
    }
  }

  statement {
    sid     = "PassTaskRoles"
    actions = ["iam:PassRole"]
    resources = [
      for role in concat(keys(var.names.task_families), ["execution", "publish-execution"]) :
      "arn:${local.partition}:iam::${local.account}:role/${var.name}-${role}"
    ]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

# Start a container or a job, and wait for it.
data "aws_iam_policy_document" "start" {
  source_policy_documents = [data.aws_iam_policy_document.start_task.json]

  statement {
    sid       = "WatchTask"
    actions   = ["ecs:StopTask", "ecs:DescribeTasks"]
    resources = ["arn:${local.partition}:ecs:${local.scope}:task/${var.names.cluster}/*"]
  }

  dynamic "statement" {
    for_each = local.feature.emr ? [local.emr_arn] : []

    content {
      sid       = "RunJob"
      actions   = ["emr-serverless:StartJobRun", "emr-serverless:GetJobRun", "emr-serverless:CancelJobRun", "emr-serverless:TagResource"]
      resources = [statement.value, "${statement.value}/jobruns/*"]
    }
  }

  dynamic "statement" {
    for_each = local.feature.emr ? ["arn:${local.partition}:iam::${local.account}:role/${var.name}-emr"] : []

    content {
      sid       = "PassJobRole"
      actions   = ["iam:PassRole"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "iam:PassedToService"
        values   = ["emr-serverless.amazonaws.com"]
      }
    }
  }
}

data "aws_iam_policy_document" "state_machine" {
  source_policy_documents = [data.aws_iam_policy_document.start.json]

  # .sync integrations wait by rules that Step Functions manages under these names
  statement {
    sid     = "WaitForSteps"
    actions = ["events:PutRule", "events:PutTargets", "events:DescribeRule"]
    resources = [for rule in ["StepFunctionsGetEventsForECSTaskRule", "StepFunctionsGetEventsForEMRServerlessJobRule"] :
      "arn:${local.partition}:events:${local.scope}:rule/${rule}"
    ]
  }

  dynamic "statement" {
    for_each = contains(keys(local.queues), "worker") ? [local.queues.worker] : []

    content {
      sid       = "Worker"
      actions   = ["sqs:SendMessage"]
      resources = [statement.value]
    }
  }

  statement {
    sid       = "Notify"
    actions   = ["sns:Publish"]
    resources = [local.topics.info]
  }

  statement {
    sid       = "Keys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.keys.operations.arn]
  }

  statement {
    sid = "LogDelivery"
    actions = [
      "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
    ]
    # resource "*": log deliveries and resource policies of CloudWatch Logs have no ARN
    resources = ["*"]
  }

  statement {
    sid     = "Tracing"
    actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"]
    # resource "*": X-Ray knows no resource for segments and sampling
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "scheduler" {
  source_policy_documents = [data.aws_iam_policy_document.start_task.json]

  statement {
    sid       = "StartRun"
    actions   = ["states:StartExecution"]
    resources = [local.state_machine_arn]
  }

  # of the functions, only this one has a schedule
  dynamic "statement" {
    for_each = contains(keys(local.functions), "fx") ? [local.functions.fx] : []

    content {
      sid       = "Invoke"
      actions   = ["lambda:InvokeFunction"]
      resources = [statement.value]
    }
  }

  statement {
    sid       = "DeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = [local.queues.schedules_dead_letter]
  }

  statement {
    sid       = "Keys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.keys.operations.arn]
  }
}

data "aws_iam_policy_document" "mwaa" {
  source_policy_documents = [data.aws_iam_policy_document.start.json]

  statement {
    sid       = "Metrics"
    actions   = ["airflow:PublishMetrics"]
    resources = ["arn:${local.partition}:airflow:${local.scope}:environment/${var.names.mwaa_environment}"]
  }

  statement {
    sid       = "ListDags"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation", "s3:GetBucketPublicAccessBlock", "s3:GetEncryptionConfiguration", "s3:ListBucketVersions"]
    resources = [var.buckets.artifacts.arn]
  }

  statement {
    sid       = "ReadDags"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${var.buckets.artifacts.arn}/*"]
  }

  statement {
    sid     = "Account"
    actions = ["s3:GetAccountPublicAccessBlock", "logs:DescribeLogGroups", "cloudwatch:PutMetricData"]
    # resource "*": none of the three takes a resource; MWAA refuses to start without them
    resources = ["*"]
  }

  statement {
    sid = "Logs"
    actions = [
      "logs:CreateLogStream", "logs:CreateLogGroup", "logs:PutLogEvents", "logs:GetLogEvents",
      "logs:GetLogRecord", "logs:GetLogGroupFields", "logs:GetQueryResults",
    ]
    resources = ["arn:${local.partition}:logs:${local.scope}:log-group:airflow-${var.names.mwaa_environment}-*"]
  }

  # the application stops when it is idle: the operator looks, and starts it
  dynamic "statement" {
    for_each = local.feature.emr ? [local.emr_arn] : []

    content {
      sid       = "StartApplication"
      actions   = ["emr-serverless:GetApplication", "emr-serverless:StartApplication"]
      resources = [statement.value]
    }
  }

  statement {
    sid       = "Notify"
    actions   = ["sns:Publish"]
    resources = [local.topics.critical, local.topics.warning, local.topics.info]
  }

  # Airflow reads the log of a container that it started
  statement {
    sid       = "TaskLogs"
    actions   = ["logs:GetLogEvents"]
    resources = ["${local.log_groups}/task:*"]
  }

  # the queue between scheduler and workers lies in an account of AWS
  statement {
    sid       = "Celery"
    actions   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:SendMessage"]
    resources = ["arn:${local.partition}:sqs:${var.region}:*:airflow-celery-*"]
  }

  statement {
    sid       = "Keys"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:Encrypt"]
    resources = [var.keys.data.arn, var.keys.operations.arn]

    # the key of the environment is that of its bucket; MWAA encrypts the queue between its processes with it, too, and
    # topics have the key of operations
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for service in ["s3", "sns", "sqs"] : "${service}.${var.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "api" {
  statement {
    sid       = "StartRun"
    actions   = ["states:StartExecution"]
    resources = [local.state_machine_arn]
  }

  # the state machine's executions are encrypted
  statement {
    sid       = "Keys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.keys.operations.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:states:stateMachineArn"
      values   = [local.state_machine_arn]
    }
  }
}
