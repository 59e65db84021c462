locals {
  name   = "${var.project}-${var.environment}"
  worker = var.task_runtime == "sqs"

  # roles come before what they may use: the access module composes ARNs from these names
  names = {
    cluster            = "${local.name}-cluster"
    task_family        = "${local.name}-task"
    repository         = "${local.name}-image"
    state_machine      = "${local.name}-run"
    mwaa_environment   = "${local.name}-airflow"
    schedule_group     = local.name
    log_archive        = "${local.name}-log-archive"
    emr_application_id = module.compute.emr_application_id
    functions          = { for function in ["arrivals", "fx"] : function => "${local.name}-${function}" }
    topics             = { for severity in ["critical", "warning", "info"] : severity => "${local.name}-${severity}" }
    queues = { for queue in concat(
      ["arrivals", "functions_dead_letter", "schedules_dead_letter"],
      local.worker ? ["worker"] : [],
    ) : queue => "${local.name}-${replace(queue, "_", "-")}" }
  }

  # what `lakehouse env --from-terraform` sets, for containers, functions and Spark jobs
  settings = merge(local.features.cdc ? { SOURCES__CDC__BUCKET_URL = "s3://${module.lake.buckets.vendor_drop.name}/cdc" } : {}, {
    AWS_REGION                        = var.region
    LAKEHOUSE_ENVIRONMENT             = var.environment
    LAKEHOUSE_ROOT                    = "s3://${module.lake.buckets.lake.name}/lake"
    LAKEHOUSE_CATALOG                 = "glue"
    LAKEHOUSE_PREFIX                  = module.catalog.prefix
    LAKEHOUSE_LEASES                  = "dynamodb:${module.state.tables.leases.name}"
    LAKEHOUSE_STATE                   = "dynamodb:${module.state.tables.state.name}"
    LAKEHOUSE_STAGE                   = "s3://${module.lake.buckets.stage.name}/publish"
    LAKEHOUSE_ATHENA_ROOT             = "s3://${module.lake.buckets.lake.name}/lake-athena"
    LAKEHOUSE_ATHENA_WORK_GROUP       = module.catalog.work_group.name
    SOURCES__VENDOR_FILES__BUCKET_URL = "s3://${module.lake.buckets.vendor_drop.name}"
    PROVIDERS__ENABLE_AWS_SECRETS     = "true"
  })
}
