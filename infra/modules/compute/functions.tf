locals {
  functions = var.image == null ? {} : var.functions
}

resource "aws_sqs_queue" "functions_dead_letter" {
  name                      = "${var.name}-functions-dead-letter"
  kms_master_key_id         = var.keys["operations"].arn
  message_retention_seconds = 1209600
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_115:new accounts have 10 in all and none to reserve; the queue's maximum_concurrency limits arrivals
  #checkov:skip=CKV_AWS_272:Lambda signs zip archives only; the image's tag is immutable and scanned
  for_each = local.functions

  function_name                  = "${var.name}-${each.key}"
  description                    = "lakehouse: ${each.key}, by the image that tasks run"
  role                           = var.roles["function"].arn
  package_type                   = "Image"
  image_uri                      = var.image
  architectures                  = ["x86_64"]
  memory_size                    = each.value.memory
  timeout                        = each.value.timeout_s
  reserved_concurrent_executions = lookup(var.reserved_concurrency, each.key, -1)
  kms_key_arn                    = var.keys["operations"].arn

  image_config {
    entry_point = ["python", "-m", "awslambdaric"]
    command     = [each.value.handler]
  }

  ephemeral_storage {
    size = 2048
  }

  environment {
    # AWS_REGION is Lambda's own and refused here; only /tmp is writable
    variables = merge(
      { for name, value in var.environment : name => value if name != "AWS_REGION" },
      { LAKEHOUSE_HOME = "/tmp/lakehouse", LAKEHOUSE_LOG_FORMAT = "json" },
    )
  }

  vpc_config {
    subnet_ids         = var.network.private_subnet_ids
    security_group_ids = [var.network.security_group_id]
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.functions_dead_letter.arn
  }

  # lines stay as the image writes them: the metric filters read its JSON
  logging_config {
    log_format = "Text"
    log_group  = var.log_groups["functions"].name
  }

  tracing_config {
    mode = "Active"
  }
}

resource "aws_lambda_function_event_invoke_config" "this" {
  for_each = aws_lambda_function.this

  function_name                = each.value.function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 3600
}
