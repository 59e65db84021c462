locals {
  # vendors write to their drop with a role: its key opens nothing else
  keys = {
    data        = "lake, state and secrets"
    operations  = "logs, queues and topics"
    vendor_drop = "what vendors sent"
  }

  key_of = {
    lake        = "data"
    artifacts   = "data"
    vendor_drop = "vendor_drop"
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

  name          = "alias/${var.name}-${replace(each.key, "_", "-")}"
  target_key_id = aws_kms_key.this[each.key].key_id
}

# Services that use a key by themselves. A condition stands only on what AWS documents that the service sends to KMS:
# on anything else it never matches, and the message or the log is lost without an error in this account.
# Services that act by a role (schedules, firehose, functions) need no statement here: the role has the permission.
locals {
  own_account  = [{ test = "StringEquals", variable = "aws:SourceAccount", values = [local.account] }]
  message_keys = ["kms:Decrypt", "kms:GenerateDataKey"]
  log_keys     = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]

  services = {
    data = {
      # Airflow encrypts its own log groups with the key of its environment
      AirflowLogGroups = {
        principals = ["logs.${var.region}.amazonaws.com"]
        actions    = local.log_keys
        conditions = [{
          test     = "ArnLike"
          variable = "kms:EncryptionContext:aws:logs:arn"
          values   = ["arn:${local.partition}:logs:${local.scope}:log-group:airflow-${var.name}-*"]
        }]
      }
    }
    operations = {
      LogGroups = {
        principals = ["logs.${var.region}.amazonaws.com"]
        actions    = local.log_keys
        conditions = [{
          test     = "ArnLike"
          variable = "kms:EncryptionContext:aws:logs:arn"
          values   = ["arn:${local.partition}:logs:${local.scope}:log-group:*"]
        }]
      }
      # rules send to encrypted queues and topics; EventBridge names neither account nor rule to KMS
      Rules = {
        principals = ["events.amazonaws.com"]
        actions    = local.message_keys
        conditions = []
      }
      AlarmsAndBudgets = {
        principals = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
        actions    = local.message_keys
        conditions = local.own_account
      }
      Trail = {
        principals = ["cloudtrail.amazonaws.com"]
        actions    = ["kms:GenerateDataKey", "kms:DescribeKey"]
        conditions = [{ test = "StringEquals", variable = "aws:SourceArn", values = [local.trail_arn] }]
      }
      FlowLogs = {
        principals = ["delivery.logs.amazonaws.com"]
        actions    = local.log_keys
        conditions = local.own_account
      }
      # Step Functions encrypts an execution's log with the key of the state machine before it hands it over
      ExecutionLogs = {
        principals = ["delivery.logs.amazonaws.com"]
        actions    = ["kms:Decrypt"]
        conditions = []
      }
    }
  }
}

data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:resource "*" of a key policy is this key
  #checkov:skip=CKV_AWS_111:resource "*" of a key policy is this key
  #checkov:skip=CKV_AWS_356:resource "*" of a key policy is this key
  for_each = setunion(keys(local.keys), local.backups)

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
    for_each = try(local.services[each.key], {})

    content {
      sid     = statement.key
      actions = statement.value.actions
      # resource "*": in a key policy it means this key
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = statement.value.principals
      }

      dynamic "condition" {
        for_each = statement.value.conditions

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}
