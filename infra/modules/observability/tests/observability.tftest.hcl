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
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:123456789012:mock" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:mock" }
  }
  mock_resource "aws_kinesis_firehose_delivery_stream" {
    defaults = { arn = "arn:aws:firehose:us-east-1:123456789012:deliverystream/mock" }
  }
}

variables {
  name   = "lakehouse-test"
  region = "us-east-1"
  keys = {
    data       = { id = "1", arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111" }
    operations = { id = "2", arn = "arn:aws:kms:us-east-1:123456789012:key/22222222-2222-2222-2222-222222222222" }
  }
  buckets = {
    lake        = { name = "lake", arn = "arn:aws:s3:::lake" }
    logs        = { name = "logs", arn = "arn:aws:s3:::logs" }
    backups     = { name = "backups", arn = "arn:aws:s3:::backups" }
    vendor_drop = { name = "vendor-drop", arn = "arn:aws:s3:::vendor-drop" }
  }
  alert_emails       = ["data-oncall@example.com"]
  state_machine_arn  = "arn:aws:states:us-east-1:123456789012:stateMachine:lakehouse-test"
  functions          = { arrivals = "lakehouse-test-arrivals" }
  queues             = { arrivals = { name = "lakehouse-test-arrivals", max_age_s = 600 } }
  dead_letter_queues = { arrivals = "lakehouse-test-arrivals-dead-letter" }
  schedule_group     = "lakehouse-test"
  archive_roles = {
    subscription = "arn:aws:iam::123456789012:role/subscription"
    delivery     = "arn:aws:iam::123456789012:role/delivery"
  }
}

run "log_groups_have_retention_and_a_customer_key" {
  command = apply

  assert {
    condition = alltrue([
      for group in aws_cloudwatch_log_group.this :
      group.retention_in_days == 30 && group.kms_key_id == var.keys["operations"].arn
    ])
    error_message = "Every log group keeps 30 days and is encrypted with the operations key."
  }
  assert {
    condition     = output.log_groups["state_machine"].name == "/lakehouse/lakehouse-test/state-machine"
    error_message = "The state machine's log group has the name that other modules expect."
  }
  assert {
    condition     = length(aws_cloudwatch_log_subscription_filter.archive) == 5
    error_message = "Every log group is archived."
  }
}

run "a_run_that_fails_pages_once" {
  command = apply

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.run : length(coalesce(alarm.alarm_actions, [])) == 0])
    error_message = "With the composite alarm, its members do not act."
  }
  assert {
    condition     = !strcontains(aws_cloudwatch_composite_alarm.run[0].alarm_rule, "missing") && length(split(" OR ", aws_cloudwatch_composite_alarm.run[0].alarm_rule)) == 3
    error_message = "A missing run would keep the composite in ALARM: it pages by itself."
  }
  assert {
    condition     = one(aws_cloudwatch_metric_alarm.run_missing[0].alarm_actions) == output.topics.critical
    error_message = "A missing run pages."
  }
  assert {
    condition     = alltrue([for name, metric in local.metrics : try(metric.alarm.severity, "none") != "critical"])
    error_message = "What the run log counts is reported by another alarm: a metric of it pages nobody."
  }
}

run "without_the_composite_each_alarm_acts" {
  command = apply
  variables {
    features      = { composite_alarms = false, budgets = false, cloudtrail = false, query_definitions = false }
    archive_roles = null
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.run : length(alarm.alarm_actions) == 1])
    error_message = "Without the composite alarm, every alarm on runs acts by itself."
  }
  assert {
    condition     = length(aws_budgets_budget.monthly) + length(aws_cloudtrail.data) + length(aws_cloudwatch_query_definition.this) == 0
    error_message = "Features that are off leave nothing."
  }
}

run "the_budget_has_four_thresholds_and_a_forecast" {
  command = apply

  assert {
    condition = toset([for one in aws_budgets_budget.monthly[0].notification : "${one.notification_type} ${one.threshold}"]) == toset([
      "ACTUAL 50", "ACTUAL 80", "ACTUAL 100", "ACTUAL 120", "FORECASTED 100",
    ])
    error_message = "The budget warns at 50, 80, 100 and 120 percent, and once before."
  }
  assert {
    condition     = length(aws_budgets_budget.monthly[0].cost_filter) == 0 && length(aws_ce_cost_allocation_tag.budget) == 0
    error_message = "A budget counts the account: a tag that nobody activated counts nothing."
  }
}

run "a_tag_that_limits_the_budget_can_be_activated" {
  command = apply
  variables {
    budget_tag   = { key = "environment", value = "test" }
    activate_tag = true
  }

  assert {
    condition     = one(aws_budgets_budget.monthly[0].cost_filter).values == tolist(["user:environment$test"]) && aws_ce_cost_allocation_tag.budget[0].tag_key == "environment"
    error_message = "The budget counts what carries the tag, which is active."
  }
}

run "a_tag_to_activate_is_named" {
  command = plan
  variables {
    activate_tag = true
  }
  expect_failures = [var.activate_tag]
}

run "the_trail_records_every_bucket_but_its_own" {
  command = apply

  assert {
    condition = toset(flatten([for selector in aws_cloudtrail.data[0].advanced_event_selector : [
      for field in selector.field_selector : field.starts_with if field.field == "resources.ARN"
    ]])) == toset(["arn:aws:s3:::lake/", "arn:aws:s3:::backups/", "arn:aws:s3:::vendor-drop/"])
    error_message = "CloudTrail records the objects of every bucket but the logs."
  }
}

run "an_address_that_is_none_is_refused" {
  command = plan
  variables {
    alert_emails = ["oncall"]
  }
  expect_failures = [var.alert_emails]
}
