data "aws_caller_identity" "this" {}

locals {
  account = data.aws_caller_identity.this.account_id

  log_groups = {
    task          = "task"
    emr           = "emr"
    functions     = "functions"
    state_machine = "state-machine"
    api           = "api"
  }

  severities = toset(["critical", "warning", "info"])
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:CloudWatch keeps 30 days because it costs ten times S3; the archive in the logs bucket keeps the year
  for_each = local.log_groups

  name              = "/lakehouse/${var.name}/${each.value}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.keys["operations"].arn
}

resource "aws_sns_topic" "this" {
  for_each = local.severities

  name              = "${var.name}-${each.key}"
  kms_master_key_id = var.keys["operations"].arn
}

data "aws_iam_policy_document" "topic" {
  for_each = local.severities

  statement {
    sid       = "AlarmsAndBudgetsPublish"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.this[each.key].arn]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }

  # EventBridge publishes without naming its rule: a condition on it never matches, and the message is lost
  dynamic "statement" {
    for_each = each.key == "critical" ? [1] : []
    content {
      sid       = "RulesPublish"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.this[each.key].arn]
      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = lookup(var.features, "require_tls", true) ? [1] : []
    content {
      sid       = "RefusePlainText"
      effect    = "Deny"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.this[each.key].arn]
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
      condition {
        test     = "Bool"
        variable = "aws:SecureTransport"
        values   = ["false"]
      }
    }
  }
}

resource "aws_sns_topic_policy" "this" {
  for_each = local.severities

  arn    = aws_sns_topic.this[each.key].arn
  policy = data.aws_iam_policy_document.topic[each.key].json
}

resource "aws_sns_topic_subscription" "email" {
  for_each = {
    for pair in setproduct(["critical", "warning"], var.alert_emails) : "${pair[0]}-${pair[1]}" => pair
  }

  topic_arn = aws_sns_topic.this[each.value[0]].arn
  protocol  = "email"
  endpoint  = each.value[1]
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each = lookup(var.features, "query_definitions", true) ? fileset("${path.module}/queries", "*.txt") : toset([])

  name            = "${var.name}/${trimsuffix(each.value, ".txt")}"
  query_string    = file("${path.module}/queries/${each.value}")
  log_group_names = [for key in ["task", "functions", "emr"] : aws_cloudwatch_log_group.this[key].name]
}
