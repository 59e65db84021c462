locals {
  container = { principals = ["ecs-tasks"], sources = ["ecs:${local.scope}:*"] }

  # aws:SourceArn only where the service documents the value it sends; aws:SourceAccount for all but `silent` ones, which
  # name no account when they assume a role. iam:PassRole keeps other accounts from handing them this one's roles.
  services = {
    ingest            = local.container
    build             = local.container
    publish           = local.container
    worker            = local.container
    execution         = local.container
    publish_execution = local.container

    emr           = { principals = ["emr-serverless"], sources = ["emr-serverless:${local.scope}:/applications/*"] }
    function      = { principals = ["lambda"], sources = [] }
    state_machine = { principals = ["states"], sources = ["states:${local.scope}:stateMachine:${var.names.state_machine}"] }
    scheduler     = { principals = ["scheduler"], sources = ["scheduler:${local.scope}:schedule-group/${var.names.schedule_group}"] }
    # the subscription of log groups and the delivery that it feeds
    log_subscription = { principals = ["logs"], sources = ["logs:${local.scope}:*"] }
    log_delivery     = { principals = ["firehose"], sources = ["firehose:${local.scope}:deliverystream/${var.names.log_archive}"] }
    mwaa             = { principals = ["airflow", "airflow-env"], sources = ["airflow:${local.scope}:environment/${var.names.mwaa_environment}"] }
    api              = { principals = [], sources = [], silent = ["apigateway"] }
    # the regional principal reads the database's secret, the other writes to S3
    dms = { principals = ["dms"], sources = [], silent = ["dms.${var.region}"] }
  }
}

data "aws_iam_policy_document" "service_trust" {
  for_each = { for role, service in local.services : role => service if lookup(local.enabled, role, true) }

  dynamic "statement" {
    for_each = length(each.value.principals) > 0 ? [each.value] : []

    content {
      sid     = "Service"
      actions = ["sts:AssumeRole"]

      principals {
        type        = "Service"
        identifiers = [for principal in statement.value.principals : "${principal}.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }

      dynamic "condition" {
        for_each = length(statement.value.sources) > 0 ? [statement.value.sources] : []

        content {
          test     = "ArnLike"
          variable = "aws:SourceArn"
          values   = [for source in condition.value : "arn:${local.partition}:${source}"]
        }
      }
    }
  }

  dynamic "statement" {
    for_each = length(try(each.value.silent, [])) > 0 ? [each.value.silent] : []

    content {
      sid     = "SilentService"
      actions = ["sts:AssumeRole"]

      principals {
        type        = "Service"
        identifiers = [for principal in statement.value : "${principal}.amazonaws.com"]
      }
    }
  }
}

locals {
  # Snowflake names its user only after the integration knows this role: the first apply trusts the own account
  # (with the external id), the second Snowflake's user
  principals = merge({ for vendor, given in var.externals.vendors : "vendor_${vendor}" => given.principals }, {
    snowflake       = [coalesce(var.externals.snowflake.account_arn, local.root)]
    redshift_unload = [coalesce(var.externals.redshift_cluster_role_arn, local.root)]
    reader          = [for account in var.externals.reader_account_ids : "arn:${local.partition}:iam::${account}:root"]
  })

  external_ids = merge(
    { for vendor, given in var.externals.vendors : "vendor_${vendor}" => given.external_id },
    { snowflake = var.externals.snowflake.external_id },
  )
}

data "aws_iam_policy_document" "external_trust" {
  for_each = { for role, arns in local.principals : role => arns if lookup(local.enabled, role, true) }

  statement {
    sid     = "External"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = each.value
    }

    dynamic "condition" {
      for_each = contains(keys(local.external_ids), each.key) ? [local.external_ids[each.key]] : []

      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [condition.value]
      }
    }
  }
}

locals {
  github = "token.actions.githubusercontent.com"
}

resource "aws_iam_openid_connect_provider" "github" {
  # an account holds one provider of an address: pass its ARN where it exists
  count = local.enabled.ci && var.externals.ci.oidc_provider_arn == null ? 1 : 0

  url            = "https://${local.github}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "ci_trust" {
  for_each = local.enabled.ci ? toset(["ci"]) : toset([])

  statement {
    sid     = "GitHub"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [coalesce(var.externals.ci.oidc_provider_arn, one(aws_iam_openid_connect_provider.github[*].arn))]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.github}:aud"
      values   = ["sts.amazonaws.com"]
    }

    # only jobs of this GitHub environment, whose reviewers GitHub enforces; no branch or pull request of a fork
    condition {
      test     = "StringEquals"
      variable = "${local.github}:sub"
      values   = ["repo:${coalesce(var.externals.ci.repository, "none/none")}:environment:${coalesce(var.externals.ci.environment, var.name)}"]
    }
  }
}
