data "aws_ec2_managed_prefix_list" "gateway" {
  for_each = toset(["s3", "dynamodb"])

  name = "com.amazonaws.${var.region}.${each.key}"
}

resource "aws_security_group" "tasks" {
  #checkov:skip=CKV2_AWS_5:compute, orchestration and cdc attach it
  name        = "${var.name}-tasks"
  description = "Containers, jobs and functions: no way in"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-tasks" }
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  security_group_id            = aws_security_group.tasks.id
  description                  = "AWS services through interface endpoints"
  referenced_security_group_id = aws_security_group.endpoints.id
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "gateways" {
  for_each = data.aws_ec2_managed_prefix_list.gateway

  security_group_id = aws_security_group.tasks.id
  description       = "${each.key} through its gateway endpoint"
  prefix_list_id    = each.value.id
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "internet" {
  count = var.nat ? 1 : 0

  security_group_id = aws_security_group.tasks.id
  description       = "Sources and Snowflake over HTTPS"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "sources" {
  for_each = var.source_egress

  security_group_id = aws_security_group.tasks.id
  description       = "Source ${each.key}"
  cidr_ipv4         = each.value.cidr
  from_port         = each.value.port
  to_port           = each.value.port
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "self" {
  count = var.self_traffic ? 1 : 0

  security_group_id            = aws_security_group.tasks.id
  description                  = "Components of Airflow among themselves"
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "-1"
}

resource "aws_vpc_security_group_ingress_rule" "self" {
  count = var.self_traffic ? 1 : 0

  security_group_id            = aws_security_group.tasks.id
  description                  = "Components of Airflow among themselves"
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "-1"
}

resource "aws_security_group" "endpoints" {
  #checkov:skip=CKV2_AWS_5:the interface endpoints of this module are attached to it
  name        = "${var.name}-endpoints"
  description = "Interface endpoints: HTTPS from tasks, nothing out"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  security_group_id            = aws_security_group.endpoints.id
  description                  = "HTTPS from tasks"
  referenced_security_group_id = aws_security_group.tasks.id
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"
}
