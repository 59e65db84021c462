mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-east-1:123456789012:mock", url = "https://sqs.us-east-1.amazonaws.com/123456789012/mock" }
  }
}

variables {
  name        = "lakehouse-test"
  region      = "us-east-1"
  vendor_drop = { name = "vendor-drop", arn = "arn:aws:s3:::vendor-drop" }
  keys = {
    data       = { id = "1", arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111" }
    operations = { id = "2", arn = "arn:aws:kms:us-east-1:123456789012:key/22222222-2222-2222-2222-222222222222" }
  }
  function = { name = "arrivals", arn = "arn:aws:lambda:us-east-1:123456789012:function:arrivals" }
}

run "a_message_stays_invisible_six_times_the_timeout" {
  command = apply

  assert {
    condition     = aws_sqs_queue.arrivals.visibility_timeout_seconds == 1800
    error_message = "A message that is being loaded must not come again."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.arrivals.redrive_policy).maxReceiveCount == 5
    error_message = "A poisoned message ends in the dead-letter queue."
  }
  assert {
    condition     = length(aws_cloudwatch_event_target.arrivals.dead_letter_config) == 1
    error_message = "The rule's target has a dead-letter queue of its own."
  }
}

run "the_consumer_reports_single_failures" {
  command = apply

  assert {
    condition     = aws_lambda_event_source_mapping.arrivals[0].function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "One poisoned file does not send its batch back."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.arrivals[0].scaling_config[0].maximum_concurrency == 2
    error_message = "At most two batches load at the same time."
  }
}

run "every_queue_is_encrypted_and_refuses_plain_text" {
  command = apply
  variables {
    worker = true
  }

  assert {
    condition     = alltrue([for queue in local.queues : queue.kms_master_key_id == var.keys["operations"].arn])
    error_message = "Every queue is encrypted with the operations key."
  }
  assert {
    condition     = length(aws_sqs_queue_policy.this) == 5
    error_message = "Every queue has a policy."
  }
  assert {
    condition     = toset(keys(output.dead_letter_queues)) == toset(["arrivals_dead_letter", "target_dead_letter", "worker_dead_letter"])
    error_message = "Arrivals, the rule's target and the worker have dead-letter queues."
  }
}

run "without_a_function_something_else_reads_the_queue" {
  command = apply
  variables {
    function    = null
    require_tls = false
  }

  assert {
    condition     = length(aws_lambda_event_source_mapping.arrivals) == 0 && output.worker_queue == null
    error_message = "Without a function there is no mapping."
  }
  assert {
    condition     = toset(keys(aws_sqs_queue_policy.this)) == toset(["arrivals", "target_dead_letter"])
    error_message = "The rule reaches its queues."
  }
}
