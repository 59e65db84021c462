resource "aws_security_group" "kinesis" {
  count = var.kinesis == null ? 0 : 1

  name        = "${var.name}-kinesis-endpoint"
  description = "Endpoint of Kinesis in the VPC: tasks reach it over TLS"
  vpc_id      = var.network.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "kinesis" {
  count = var.kinesis == null ? 0 : 1

  description                  = "TLS from tasks"
  security_group_id            = aws_security_group.kinesis[0].id
  referenced_security_group_id = var.network.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

data "aws_iam_policy_document" "kinesis_endpoint" {
  count = var.kinesis == null ? 0 : 1

  statement {
    sid       = "ReadStreams"
    actions   = ["kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:GetShardIterator", "kinesis:GetRecords"]
    resources = var.kinesis.stream_arns
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [data.aws_caller_identity.this.account_id]
    }
  }
}

resource "aws_vpc_endpoint" "kinesis" {
  count = var.kinesis == null ? 0 : 1

  vpc_id              = var.network.vpc_id
  service_name        = "com.amazonaws.${var.region}.kinesis-streams"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = var.network.private_subnet_ids
  security_group_ids  = [aws_security_group.kinesis[0].id]
  private_dns_enabled = true
  policy              = data.aws_iam_policy_document.kinesis_endpoint[0].json
}
