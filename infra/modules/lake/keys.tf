locals {
  # two keys, so that who reads logs and queues needs no key of the data
  keys = {
    data       = "lake, state and secrets"
    operations = "logs, queues and topics"
  }

  key_of = {
    lake        = "data"
    artifacts   = "data"
    backups     = "data"
    vendor_drop = "data"
    stage       = "data"
    logs        = "operations"
  }

  trail_arn = "arn:${local.partition}:cloudtrail:${local.scope}:trail/${var.name}-data-events"
}

resource "aws_kms_key" "this" {
  for_each = local.keys

  description             = "${var.name}: ${each.value}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key[each.key].json
}

resource "aws_kms_alias" "this" {
  for_each = local.keys

  name          = "alias/${var.name}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}

data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:resource "*" of a key policy is this key
  #checkov:skip=CKV_AWS_111:resource "*" of a key policy is this key
  #checkov:skip=CKV_AWS_356:resource "*" of a key policy is this key
  for_each = local.keys

  # the account's IAM policies decide who uses and who manages the key
  statement {
    sid = "Account"
    actions = [
      "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:CreateGrant", "kms:DeleteAlias", "kms:DescribeKey",
      "kms:DisableKey", "kms:DisableKeyRotation", "kms:EnableKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy",
      "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListKeyPolicies", "kms:ListKeyRotations", "kms:ListResourceTags",
      "kms:PutKeyPolicy", "kms:RetireGrant", "kms:RevokeGrant", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion",
      "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
      "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
      "kms:ReEncryptFrom", "kms:ReEncryptTo",
    ]
    # resource "*": in a key policy it means this key
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "operations" ? [1] : []

    content {
      sid = "LogGroups"
      actions = [
        "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom", "kms:ReEncryptTo",
      ]
      # resource "*": in a key policy it means this key
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["logs.${var.region}.amazonaws.com"]
      }

      condition {
        test     = "ArnLike"
        variable = "kms:EncryptionContext:aws:logs:arn"
        values   = ["arn:${local.partition}:logs:${local.scope}:log-group:*"]
      }
    }
  }

  # rules send to encrypted queues, alarms and budgets to encrypted topics, topics to encrypted queues
  dynamic "statement" {
    for_each = each.key == "operations" ? [1] : []

    content {
      sid     = "Messages"
      actions = ["kms:Decrypt", "kms:GenerateDataKey"]
      # resource "*": in a key policy it means this key
      resources = ["*"]

      principals {
        type = "Service"
        identifiers = [for service in ["events", "scheduler", "sns", "sqs", "s3", "cloudwatch", "budgets"] :
          "${service}.amazonaws.com"
        ]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "operations" ? [1] : []

    content {
      sid     = "Trail"
      actions = ["kms:GenerateDataKey", "kms:DescribeKey"]
      # resource "*": in a key policy it means this key
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["cloudtrail.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceArn"
        values   = [local.trail_arn]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "operations" ? [1] : []

    content {
      sid     = "FlowLogs"
      actions = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
      # resource "*": in a key policy it means this key
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["delivery.logs.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }
}
