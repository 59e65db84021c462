# A budget that filters by a tag counts nothing until the tag is a cost allocation tag of the payer's account, and then it
# counts from that day: it would stay silent whatever is spent. So the budget is the account's unless a tag is named, and
# an account holds one environment of a region. To count one environment in a shared account: apply, wait a day until
# billing knows the tag, then set budget_tag, and activate_tag where this account pays for itself (a member of an
# organization asks its payer to activate the tag).
resource "aws_ce_cost_allocation_tag" "budget" {
  count = lookup(var.features, "budgets", true) && var.activate_tag ? 1 : 0

  tag_key = var.budget_tag.key
  status  = "Active"
}

resource "aws_budgets_budget" "monthly" {
  count = lookup(var.features, "budgets", true) ? 1 : 0

  name         = "${var.name}-monthly"
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  dynamic "cost_filter" {
    for_each = var.budget_tag == null ? [] : [var.budget_tag]
    content {
      name = "TagKeyValue"
      # one tag: Budgets joins several by "or", and counts what has either
      values = [format("user:%s$%s", cost_filter.value.key, cost_filter.value.value)]
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

  depends_on = [aws_ce_cost_allocation_tag.budget]
}
