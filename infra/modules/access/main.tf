data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
  root      = "arn:${local.partition}:iam::${local.account}:root"
  scope     = "${var.region}:${local.account}"

  feature = merge({ emr = true, mwaa = false, api = false, cdc = false, log_archive = true, athena = false }, var.features)

  enabled = {
    worker           = contains(keys(var.names.queues), "worker")
    mwaa             = local.feature.mwaa
    log_subscription = local.feature.log_archive
    log_delivery     = local.feature.log_archive
    api              = local.feature.api
    dms              = local.feature.cdc
    snowflake        = var.externals.snowflake.external_id != null
    redshift_unload  = var.externals.redshift_cluster_role_arn != null
    ci               = var.externals.ci.repository != null
    reader           = length(var.externals.reader_account_ids) > 0
  }

  trust = merge(
    { for role, document in data.aws_iam_policy_document.service_trust : role => document.json },
    { for role, document in data.aws_iam_policy_document.external_trust : role => document.json },
    { for role, document in data.aws_iam_policy_document.ci_trust : role => document.json },
  )

  all_policies = merge({ for vendor, document in data.aws_iam_policy_document.vendor : "vendor_${vendor}" => document.json }, {
    ingest            = data.aws_iam_policy_document.ingest.json
    build             = data.aws_iam_policy_document.build.json
    publish           = data.aws_iam_policy_document.publish.json
    worker            = data.aws_iam_policy_document.worker.json
    execution         = data.aws_iam_policy_document.execution.json
    publish_execution = data.aws_iam_policy_document.publish_execution.json
    emr               = data.aws_iam_policy_document.emr.json
    function          = data.aws_iam_policy_document.function.json
    state_machine     = data.aws_iam_policy_document.state_machine.json
    scheduler         = data.aws_iam_policy_document.scheduler.json
    mwaa              = data.aws_iam_policy_document.mwaa.json
    log_subscription  = data.aws_iam_policy_document.log_subscription.json
    log_delivery      = data.aws_iam_policy_document.log_delivery.json
    api               = data.aws_iam_policy_document.api.json
    dms               = data.aws_iam_policy_document.dms.json
    snowflake         = data.aws_iam_policy_document.snowflake.json
    redshift_unload   = data.aws_iam_policy_document.redshift_unload.json
    ci                = data.aws_iam_policy_document.ci.json
    reader            = data.aws_iam_policy_document.reader.json
  })

  policies = { for role, json in local.all_policies : role => json if lookup(local.enabled, role, true) }

  # the longest time of a step; Snowflake, Redshift and services renew their sessions themselves
  session_seconds = 3600
}

resource "aws_iam_role" "this" {
  for_each = local.policies

  name                 = "${var.name}-${replace(each.key, "_", "-")}"
  description          = local.descriptions[each.key]
  assume_role_policy   = local.trust[each.key]
  permissions_boundary = aws_iam_policy.boundary.arn
  max_session_duration = local.session_seconds
}

resource "aws_iam_role_policy" "this" {
  for_each = local.policies

  name   = "${var.name}-${replace(each.key, "_", "-")}"
  role   = aws_iam_role.this[each.key].id
  policy = each.value
}

locals {
  descriptions = merge({ for vendor in keys(var.externals.vendors) : "vendor_${vendor}" => "The vendor ${vendor} writes to the vendor drop" }, {
    ingest            = "Container of ingest: reads sources, writes bronze"
    build             = "Container of build: reads bronze, writes the other layers"
    publish           = "Container of publish: reads the lake, writes the stage"
    worker            = "A worker that takes the commands of every step from a queue"
    execution         = "ECS pulls the image and writes the container's logs"
    publish_execution = "ECS starts publish: it reads Snowflake's secret, too"
    emr               = "EMR Serverless jobs build on Spark"
    function          = "Lambda functions load arrivals and FX rates"
    state_machine     = "Step Functions starts the steps of a run"
    scheduler         = "EventBridge starts runs and functions"
    mwaa              = "Airflow starts the steps of a run"
    log_subscription  = "CloudWatch Logs copies log lines to the archive's delivery"
    log_delivery      = "Firehose writes the archive of log lines"
    api               = "API Gateway starts a run"
    dms               = "DMS writes change files to the vendor drop"
    snowflake         = "Snowflake's storage integration reads the stage"
    redshift_unload   = "Redshift's UNLOAD writes to the stage"
    ci                = "CI pushes images and artifacts"
    reader            = "Other accounts read gold"
  })
}
