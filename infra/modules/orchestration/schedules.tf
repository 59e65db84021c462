locals {
  enabled   = lookup(var.features, "schedules", true)
  scheduled = jsondecode(file("${path.module}/schedules.json"))

  # of the sources that a command names, those that this deployment has
  scheduled_commands = {
    for name, schedule in local.scheduled : name => [
      for index, word in schedule.command : word if index == 0 || startswith(word, "-") || contains(var.sources, word)
    ]
  }

  schedules = {
    for name, schedule in local.scheduled : name => merge(schedule, { command = local.scheduled_commands[name] })
    if local.enabled && (length(schedule.command) == 1 || anytrue([
      for word in slice(schedule.command, 1, length(schedule.command)) : contains(var.sources, word)
    ]))
  }

  # `run` is the state machine's; a schedule whose function exists calls it; the others start a task of the step that
  # has their verb's name
  kind = {
    for name, schedule in local.schedules : name =>
    join(" ", schedule.command) == "run" ? "run" : contains(keys(var.compute.functions), try(schedule.function, "none")) ? "function" : "task"
  }
}

resource "aws_sqs_queue" "schedules_dead_letter" {
  name                      = "${var.name}-schedules-dead-letter"
  kms_master_key_id         = var.keys["operations"].arn
  message_retention_seconds = 1209600
}

resource "aws_scheduler_schedule_group" "this" {
  count = local.enabled ? 1 : 0

  name = var.name
}

resource "aws_scheduler_schedule" "this" {
  for_each = local.schedules

  name                         = "${var.name}-${each.key}"
  description                  = each.value.description
  group_name                   = aws_scheduler_schedule_group.this[0].name
  schedule_expression          = each.value.cron
  schedule_expression_timezone = "UTC"
  kms_key_arn                  = var.keys["operations"].arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn = {
      run      = aws_sfn_state_machine.this.arn
      function = local.kind[each.key] == "function" ? var.compute.functions[each.value.function].arn : null
      task     = var.compute.cluster.arn
    }[local.kind[each.key]]
    role_arn = var.roles["scheduler"].arn
    input = local.kind[each.key] == "task" ? jsonencode({
      containerOverrides = [{ name = var.compute.container_name, command = each.value.command }]
    }) : jsonencode({})

    dynamic "ecs_parameters" {
      for_each = local.kind[each.key] == "task" ? [1] : []
      content {
        task_definition_arn = var.compute.task_definitions[each.value.command[0]].arn
        propagate_tags      = "TASK_DEFINITION"

        capacity_provider_strategy {
          capacity_provider = var.compute.task_definitions[each.value.command[0]].capacity_provider
          weight            = 1
        }

        network_configuration {
          subnets          = var.network.private_subnet_ids
          security_groups  = [var.network.security_group_id]
          assign_public_ip = false
        }
      }
    }

    dead_letter_config {
      arn = aws_sqs_queue.schedules_dead_letter.arn
    }

    # older than this, the next call does the work
    retry_policy {
      maximum_event_age_in_seconds = 1800
      maximum_retry_attempts       = 10
    }
  }
}

# The state machine reports its own tasks; a task of a schedule has nobody who waits for it.
resource "aws_cloudwatch_event_rule" "task_failed" {
  count = local.enabled ? 1 : 0

  name        = "${var.name}-task-failed"
  description = "A scheduled task ended with an error or never started."
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail = {
      clusterArn = [var.compute.cluster.arn]
      lastStatus = ["STOPPED"]
      startedBy  = [{ anything-but = ["AWS Step Functions"] }]
      "$or" = [
        { containers = { exitCode = [{ anything-but = [0] }] } },
        { stopCode = ["TaskFailedToStart"] },
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "task_failed" {
  count = local.enabled ? 1 : 0

  rule = aws_cloudwatch_event_rule.task_failed[0].name
  arn  = var.topics["critical"]

  input_transformer {
    input_paths = {
      task   = "$.detail.taskArn"
      reason = "$.detail.stoppedReason"
    }
    input_template = "\"Task <task> failed: <reason>. Its log stream is in the log group of tasks; running it again is safe.\""
  }

  dead_letter_config {
    arn = aws_sqs_queue.schedules_dead_letter.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }
}

data "aws_iam_policy_document" "schedules_dead_letter" {
  statement {
    sid       = "RuleOfFailedTasks"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.schedules_dead_letter.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:events:${var.region}:${data.aws_caller_identity.this.account_id}:rule/${var.name}-task-failed"]
    }
  }
}

resource "aws_sqs_queue_policy" "schedules_dead_letter" {
  queue_url = aws_sqs_queue.schedules_dead_letter.url
  policy    = data.aws_iam_policy_document.schedules_dead_letter.json
}
