resource "aws_budgets_budget" "monthly" {
  count = lookup(var.features, "budgets", true) ? 1 : 0

  name         = "${var.name}-monthly"
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  dynamic "cost_filter" {
    for_each = length(var.budget_tags) == 0 ? [] : [1]
    content {
      name   = "TagKeyValue"
      values = [for key, value in var.budget_tags : format("user:%s$%s", key, value)]
    }
  }

  dynamic "notification" {
    for_each = { 50 = "info", 80 = "warning", 100 = "critical", 120 = "critical" }
    content {
      comparison_operator       = "GREATER_THAN"
      threshold                 = tonumber(notification.key)
      threshold_type            = "PERCENTAGE"
      notification_type         = "ACTUAL"
      subscriber_sns_topic_arns = [aws_sns_topic.this[notification.value].arn]
    }
  }

  # the first message that comes before the money is spent
  notification {
    comparison_operator       = "GREATER_THAN"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    notification_type         = "FORECASTED"
    subscriber_sns_topic_arns = [aws_sns_topic.this["warning"].arn]
  }
}
