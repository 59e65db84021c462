locals {
  metrics   = { for metric in jsondecode(file(coalesce(var.metrics_file, "${path.module}/metrics.json"))) : metric.name => metric }
  namespace = "Lakehouse/${var.name}"

  # the run log has one shape wherever a command runs
  filters = {
    for pair in setproduct(keys(local.metrics), ["task", "functions", "emr"]) :
    "${pair[0]}-${pair[1]}" => { metric = local.metrics[pair[0]], group = pair[1] }
  }

  run_failures = {
    failed    = { metric = "ExecutionsFailed", text = "A run failed; the execution's history names the step." }
    timed-out = { metric = "ExecutionsTimedOut", text = "A run exceeded its time limit." }
    aborted   = { metric = "ExecutionsAborted", text = "A run was stopped by hand." }
  }

  # the three pages of a run that ends badly are one: with the composite alarm, it alone acts
  run_actions = lookup(var.features, "composite_alarms", true) ? [] : [aws_sns_topic.this["critical"].arn]
}

# Who is paged, and by what. A page is a message to the topic critical; one failure is one page:
#
#   what fails                         | pages                                        | says more, pages nobody
#   a run of the state machine         | the composite alarm `run`                    | topic info: step and error
#   a task of a schedule               | the rule task-failed, by the task's event    |
#   no run succeeds for 26 hours       | the alarm `run-missing`                      |
#   a replication of DMS               | the alarm `cdc-behind`                       | its log group
#   a schedule that starts nothing     | the alarms `schedule-…`                      |
#   a function, or a vendor's file     | its dead-letter queue, when retries are over | topic warning: errors, age of the queue
#   the month's budget                 | the budget, at 100 and 120 percent           | topics info and warning: 50, 80, the forecast
#
# The metrics of the run log page nobody: a command that a retry heals, or that the alarms above report, fails there too.
# run-missing is no member of the composite: it stays in ALARM for as long as nothing runs, and the composite would not
# change its state, and so not page, for a run that fails meanwhile.

resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = local.filters

  name           = "${var.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.this[each.value.group].name
  pattern        = each.value.metric.pattern

  metric_transformation {
    name      = each.value.metric.name
    namespace = local.namespace
    value     = try(each.value.metric.value, "1")
    unit      = each.value.metric.unit
  }
}

resource "aws_cloudwatch_metric_alarm" "metric" {
  for_each = { for name, metric in local.metrics : name => metric if try(metric.alarm, null) != null }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = try(each.value.description, "The run log has lines that match ${each.value.pattern}")
  namespace           = local.namespace
  metric_name         = each.key
  statistic           = "Sum"
  comparison_operator = try(each.value.alarm.comparison, "GreaterThanOrEqualToThreshold")
  threshold           = each.value.alarm.threshold
  period              = each.value.alarm.period_s
  evaluation_periods  = try(each.value.alarm.periods, 1)
  treat_missing_data  = each.value.alarm.missing
  alarm_actions       = [aws_sns_topic.this[each.value.alarm.severity].arn]
}

resource "aws_cloudwatch_metric_alarm" "run" {
  for_each = local.run_failures

  alarm_name          = "${var.name}-run-${each.key}"
  alarm_description   = each.value.text
  namespace           = "AWS/States"
  metric_name         = each.value.metric
  dimensions          = { StateMachineArn = var.state_machine_arn }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.run_actions
}

resource "aws_cloudwatch_metric_alarm" "run_missing" {
  # without schedules something else starts the runs, and the state machine may stay idle for good
  count = lookup(var.features, "schedules", true) ? 1 : 0

  alarm_name          = "${var.name}-run-missing"
  alarm_description   = "No run succeeded for 26 hours, or none yet. Start one: the state machine without input loads every source."
  namespace           = "AWS/States"
  metric_name         = "ExecutionsSucceeded"
  dimensions          = { StateMachineArn = var.state_machine_arn }
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 3600
  evaluation_periods  = 26
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.this["critical"].arn]
}

resource "aws_cloudwatch_composite_alarm" "run" {
  count = lookup(var.features, "composite_alarms", true) ? 1 : 0

  alarm_name        = "${var.name}-run"
  alarm_description = "A run failed, exceeded its time or was stopped; the alarm it names says which, the execution's history where."
  alarm_rule        = join(" OR ", [for alarm in aws_cloudwatch_metric_alarm.run : "ALARM(\"${alarm.alarm_name}\")"])
  alarm_actions     = [aws_sns_topic.this["critical"].arn]
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  for_each = var.dead_letter_queues

  alarm_name          = "${each.value}-depth"
  alarm_description   = "A message could not be processed and waits in ${each.value}."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = each.value }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["critical"].arn]
}

resource "aws_cloudwatch_metric_alarm" "queue_age" {
  for_each = var.queues

  alarm_name          = "${each.value.name}-age"
  alarm_description   = "The oldest message of ${each.value.name} is older than ${each.value.max_age_s} seconds: its consumer is behind or stopped."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = each.value.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.max_age_s
  period              = 300
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["warning"].arn]
}

resource "aws_cloudwatch_metric_alarm" "function" {
  for_each = {
    for pair in setproduct(keys(var.functions), ["Errors", "Throttles"]) :
    "${pair[0]}-${lower(pair[1])}" => { function = var.functions[pair[0]], metric = pair[1] }
  }

  alarm_name          = "${var.name}-function-${each.key}"
  alarm_description   = "${each.value.function} has ${lower(each.value.metric)} in three of four periods; single ones are retried."
  namespace           = "AWS/Lambda"
  metric_name         = each.value.metric
  dimensions          = { FunctionName = each.value.function }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 4
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["warning"].arn]
}

resource "aws_cloudwatch_metric_alarm" "schedule" {
  for_each = toset(var.schedule_group == null ? [] : ["TargetErrorCount", "InvocationDroppedCount"])

  alarm_name          = "${var.name}-schedule-${each.key}"
  alarm_description   = "A schedule could not start its target; the schedules' dead-letter queue has the call."
  namespace           = "AWS/Scheduler"
  metric_name         = each.key
  dimensions          = { ScheduleGroup = var.schedule_group }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["critical"].arn]
}
