data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  rule_arn = "arn:${data.aws_partition.this.partition}:events:${var.region}:${data.aws_caller_identity.this.account_id}:rule/${var.name}-arrivals"

  # attempts of a message before it is a dead letter; fewer than five lose messages to mere throttling
  attempts = 5
}

resource "aws_sqs_queue" "arrivals" {
  name                       = "${var.name}-arrivals"
  kms_master_key_id          = var.keys["operations"].arn
  message_retention_seconds  = 1209600
  receive_wait_time_seconds  = 20
  visibility_timeout_seconds = 6 * var.function_timeout_s

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.arrivals_dead_letter.arn
    maxReceiveCount     = local.attempts
  })
}

# messages that the consumer gave up
resource "aws_sqs_queue" "arrivals_dead_letter" {
  name                      = "${var.name}-arrivals-dead-letter"
  kms_master_key_id         = var.keys["operations"].arn
  message_retention_seconds = 1209600
}

# events that never reached the queue
resource "aws_sqs_queue" "target_dead_letter" {
  name                      = "${var.name}-target-dead-letter"
  kms_master_key_id         = var.keys["operations"].arn
  message_retention_seconds = 1209600
}

resource "aws_cloudwatch_event_rule" "arrivals" {
  name        = "${var.name}-arrivals"
  description = "A vendor's file arrived in ${var.vendor_drop.name}."
  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail      = { bucket = { name = [var.vendor_drop.name] } }
  })
}

resource "aws_cloudwatch_event_target" "arrivals" {
  rule = aws_cloudwatch_event_rule.arrivals.name
  arn  = aws_sqs_queue.arrivals.arn

  dead_letter_config {
    arn = aws_sqs_queue.target_dead_letter.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  depends_on = [aws_sqs_queue_policy.this]
}

resource "aws_lambda_event_source_mapping" "arrivals" {
  count = var.function == null ? 0 : 1

  event_source_arn = aws_sqs_queue.arrivals.arn
  function_name    = var.function.arn
  batch_size       = 10
  # a file is in bronze within a minute: the window is part of it
  maximum_batching_window_in_seconds = 5
  # one poisoned file does not send its batch back
  function_response_types = ["ReportBatchItemFailures"]

  # the smallest number that Lambda accepts; loads of one table wait for each other anyway
  scaling_config {
    maximum_concurrency = 2
  }
}

resource "aws_sqs_queue" "worker" {
  count = var.worker ? 1 : 0

  name                      = "${var.name}-worker"
  kms_master_key_id         = var.keys["operations"].arn
  message_retention_seconds = 86400
  receive_wait_time_seconds = 20
  # a worker extends it while its command runs: a killed one gives the command back within minutes
  visibility_timeout_seconds = 300

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.worker_dead_letter[0].arn
    maxReceiveCount     = local.attempts
  })
}

resource "aws_sqs_queue" "worker_dead_letter" {
  count = var.worker ? 1 : 0

  name                      = "${var.name}-worker-dead-letter"
  kms_master_key_id         = var.keys["operations"].arn
  message_retention_seconds = 1209600
}
