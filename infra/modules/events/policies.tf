locals {
  queues = merge(
    {
      arrivals             = aws_sqs_queue.arrivals
      arrivals_dead_letter = aws_sqs_queue.arrivals_dead_letter
      target_dead_letter   = aws_sqs_queue.target_dead_letter
    },
    { for queue in aws_sqs_queue.worker : "worker" => queue },
    { for queue in aws_sqs_queue.worker_dead_letter : "worker_dead_letter" => queue },
  )

  from_rule = toset(["arrivals", "target_dead_letter"])

  # a queue that only roles of this account use needs a policy for TLS alone
  with_policy = var.require_tls ? local.queues : { for key, queue in local.queues : key => queue if contains(local.from_rule, key) }
}

data "aws_iam_policy_document" "queue" {
  for_each = local.with_policy

  dynamic "statement" {
    for_each = contains(local.from_rule, each.key) ? [1] : []
    content {
      sid       = "RuleOfArrivals"
      actions   = ["sqs:SendMessage"]
      resources = [each.value.arn]
      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }
      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [local.rule_arn]
      }
    }
  }

  dynamic "statement" {
    for_each = var.require_tls ? [1] : []
    content {
      sid       = "RefusePlainText"
      effect    = "Deny"
      actions   = ["sqs:SendMessage", "sqs:ReceiveMessage"]
      resources = [each.value.arn]
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

resource "aws_sqs_queue_policy" "this" {
  for_each = local.with_policy

  queue_url = each.value.url
  policy    = data.aws_iam_policy_document.queue[each.key].json
}
