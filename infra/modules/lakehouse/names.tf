locals {
  name   = "${var.project}-${var.environment}"
  worker = var.task_runtime == "sqs"

  # one file each; none where the modules are used without the rest of the project
  known_sources = [
    for file in fileset("${path.module}/../../../ingestion/sources", "*.py") : trimsuffix(file, ".py") if file != "__init__.py"
  ]

  # a type has every attribute, also those that are not set
  known_attributes = {
    cdc       = try(keys(var.cdc), [])
    ci        = keys(var.ci)
    mwaa      = keys(var.mwaa)
    snowflake = keys(var.snowflake)
    spark     = keys(var.spark)
    streaming = keys(var.streaming)
    vendors   = distinct(flatten([for vendor in values(var.vendors) : keys(vendor)]))
  }

  # Lambda functions of the image; that of a source exists where the deployment loads the source
  functions = merge(
    { arrivals = { handler = "operations.commands.arrivals.handler" } },
    contains(var.sources, "fx_rates") ? { fx = { handler = "operations.aws.fx.handler" } } : {},
  )

  # roles come before what they may use: the access module composes ARNs from these names
  names = {
    cluster            = "${local.name}-cluster"
    task_families      = { for step in ["ingest", "build", "publish"] : step => "${local.name}-${step}" }
    repository         = "${local.name}-image"
    state_machine      = "${local.name}-run"
    mwaa_environment   = "${local.name}-airflow"
    schedule_group     = local.name
    log_archive        = "${local.name}-log-archive"
    emr_application_id = module.compute.emr_application_id
    functions          = { for function in keys(local.functions) : function => "${local.name}-${function}" }
    topics             = { for severity in ["critical", "warning", "info"] : severity => "${local.name}-${severity}" }
    queues = { for queue in concat(
      ["arrivals", "functions_dead_letter", "schedules_dead_letter"],
      local.worker ? ["worker"] : [],
    ) : queue => "${local.name}-${replace(queue, "_", "-")}" }
  }

  # what `lakehouse env --from-terraform` sets, for containers, functions and Spark jobs
  settings = merge(var.settings, local.features.cdc ? { SOURCES__CDC__BUCKET_URL = "s3://${module.lake.buckets.vendor_drop.name}/cdc" } : {}, {
    AWS_REGION                        = var.region
    LAKEHOUSE_ENVIRONMENT             = var.environment
    LAKEHOUSE_ROOT                    = "s3://${module.lake.buckets.lake.name}/lake"
    LAKEHOUSE_CATALOG                 = "glue"
    LAKEHOUSE_PREFIX                  = module.catalog.prefix
    LAKEHOUSE_LEASES                  = "dynamodb:${module.state.tables.leases.name}"
    LAKEHOUSE_STATE                   = "dynamodb:${module.state.tables.state.name}"
    LAKEHOUSE_ARTIFACTS               = "s3://${module.lake.buckets.artifacts.name}"
    LAKEHOUSE_STAGE                   = "s3://${module.lake.buckets.stage.name}/publish"
    LAKEHOUSE_ATHENA_ROOT             = "s3://${module.lake.buckets.lake.name}/lake-athena"
    LAKEHOUSE_ATHENA_WORK_GROUP       = module.catalog.work_group.name
    SOURCES__VENDOR_FILES__BUCKET_URL = "s3://${module.lake.buckets.vendor_drop.name}"
    PROVIDERS__ENABLE_AWS_SECRETS     = "true"
  })

  # names of infra/snowflake's SQL are the defaults; without an account a run ends with the build
  published = var.snowflake.account != null
  publish = {
    environment = { for name, value in {
      ACCOUNT   = var.snowflake.account
      HOST      = var.snowflake.host
      USER      = var.snowflake.user
      ROLE      = var.snowflake.role
      WAREHOUSE = var.snowflake.warehouse
      DATABASE  = var.snowflake.database
      SCHEMA    = var.snowflake.schema
      STAGE     = coalesce(var.snowflake.stage, "${var.snowflake.database}.STAGES.PUBLISH")
    } : "LAKEHOUSE_SNOWFLAKE_${name}" => value if local.published && value != null }
    secrets = { for name in ["private_key", "private_key_passphrase"] :
      "LAKEHOUSE_SNOWFLAKE_${upper(name)}" => name if local.published
    }
  }
}
