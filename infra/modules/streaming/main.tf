data "aws_caller_identity" "this" {}

locals {
  signs_in_by_iam = try(var.kafka.port == 9098, false)
  topic_prefix    = local.signs_in_by_iam ? replace(var.kafka.cluster_arn, ":cluster/", ":topic/") : ""
}

resource "aws_vpc_security_group_egress_rule" "to_brokers" {
  count = var.kafka == null ? 0 : 1

  description                  = "Tasks reach the brokers over TLS"
  security_group_id            = var.network.security_group_id
  referenced_security_group_id = var.kafka.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.kafka.port
  to_port                      = var.kafka.port
}

resource "aws_vpc_security_group_ingress_rule" "from_tasks" {
  count = var.kafka == null ? 0 : 1

  description                  = "Tasks of ${var.name} read topics"
  security_group_id            = var.kafka.security_group_id
  referenced_security_group_id = var.network.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.kafka.port
  to_port                      = var.kafka.port
}

# SCRAM needs no permission of IAM: user and password are a secret of the source
data "aws_iam_policy_document" "kafka" {
  count = local.signs_in_by_iam ? 1 : 0

  statement {
    sid       = "Connect"
    actions   = ["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"]
    resources = [var.kafka.cluster_arn]
  }
  # no consumer group is joined: offsets are in the table's own commit
  statement {
    sid       = "ReadTopics"
    actions   = ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"]
    resources = [for topic in var.kafka.topics : "${local.topic_prefix}/${topic}"]
  }
}

resource "aws_iam_role_policy" "kafka" {
  count = local.signs_in_by_iam ? 1 : 0

  name   = "${var.name}-kafka"
  role   = var.roles["ingest"].name
  policy = data.aws_iam_policy_document.kafka[0].json
}

data "aws_iam_policy_document" "kinesis" {
  count = var.kinesis == null ? 0 : 1

  statement {
    sid       = "ReadStreams"
    actions   = ["kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:GetShardIterator", "kinesis:GetRecords"]
    resources = var.kinesis.stream_arns
  }

  dynamic "statement" {
    for_each = length(var.kinesis.key_arns) == 0 ? [] : [1]
    content {
      sid       = "DecryptStreams"
      actions   = ["kms:Decrypt"]
      resources = var.kinesis.key_arns
      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["kinesis.${var.region}.amazonaws.com"]
      }
    }
  }
}

resource "aws_iam_role_policy" "kinesis" {
  count = var.kinesis == null ? 0 : 1

  name   = "${var.name}-kinesis"
  role   = var.roles["ingest"].name
  policy = data.aws_iam_policy_document.kinesis[0].json
}
