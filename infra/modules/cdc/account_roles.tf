# DMS takes these two roles by their names, in every account and for every replication of it: the first creates network
# interfaces, the second writes logs. The console makes them; an API call does not. Where the account has them already
# (`aws iam get-role --role-name dms-vpc-role`), set account_roles to false: two states can't own one role.
# Destroying the environment that owns them stops other replications of the account from changing.

data "aws_partition" "this" {}

locals {
  partition = data.aws_partition.this.partition

  account_roles = {
    dms-vpc-role = {
      description = "DMS creates network interfaces of replications"
      policy      = "AmazonDMSVPCManagementRole"
    }
    dms-cloudwatch-logs-role = {
      description = "DMS writes logs of replications"
      policy      = "AmazonDMSCloudWatchLogsRole"
    }
  }
}

data "aws_iam_policy_document" "account_role_trust" {
  # no aws:SourceAccount: for the role of logs DMS does not send it. DMS takes these names in the account that it works
  # for, so no other account can name this one's.
  statement {
    sid     = "Dms"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["dms.amazonaws.com"]
    }
  }
}

# What the two policies of AWS allow today; their later versions may not exceed it.
data "aws_iam_policy_document" "account_role_boundary" {
  #checkov:skip=CKV_AWS_111:a boundary grants nothing, and interfaces have no ARN before they exist
  #checkov:skip=CKV_AWS_356:a boundary grants nothing; the describe actions take no resource
  statement {
    sid = "Network"
    actions = [
      "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeAvailabilityZones", "ec2:DescribeDhcpOptions",
      "ec2:DescribeInternetGateways", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
      "ec2:DescribeVpcs", "ec2:ModifyNetworkInterfaceAttribute",
    ]
    # resource "*": interfaces have no ARN before they exist, and the describe actions take none
    resources = ["*"]
  }

  statement {
    sid     = "FindLogGroups"
    actions = ["logs:DescribeLogGroups"]
    # resource "*": the action lists log groups and takes no single one
    resources = ["*"]
  }

  statement {
    sid     = "Logs"
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [
      "arn:${local.partition}:logs:*:${data.aws_caller_identity.this.account_id}:log-group:dms-tasks-*",
      "arn:${local.partition}:logs:*:${data.aws_caller_identity.this.account_id}:log-group:dms-serverless-replication-*",
    ]
  }
}

resource "aws_iam_policy" "account_role_boundary" {
  count = var.account_roles ? 1 : 0

  name        = "${var.name}-dms-account-boundary"
  description = "Permissions boundary of the roles that DMS takes by their names"
  policy      = data.aws_iam_policy_document.account_role_boundary.json
}

resource "aws_iam_role" "account" {
  for_each = var.account_roles ? local.account_roles : {}

  name                 = each.key
  description          = each.value.description
  assume_role_policy   = data.aws_iam_policy_document.account_role_trust.json
  permissions_boundary = aws_iam_policy.account_role_boundary[0].arn
}

resource "aws_iam_role_policy_attachment" "account" {
  for_each = aws_iam_role.account

  role       = each.value.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/${local.account_roles[each.key].policy}"
}
