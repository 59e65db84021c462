module "network" {
  source = "../network"

  name                 = local.name
  region               = var.region
  cidr                 = var.vpc_cidr
  zones                = var.zones
  zone_names           = var.zone_names
  nat                  = local.features.nat
  services             = local.services
  emr                  = local.features.emr
  self_traffic         = local.features.mwaa
  source_egress        = var.source_egress
  flow_logs            = local.features.flow_logs
  flow_logs_bucket_arn = module.lake.buckets.logs.arn
}

locals {
  # endpoints that what is switched on calls, each once
  services = toset(concat(
    local.worker ? ["sqs", "states"] : [],
    # dbt asks STS for the account of Athena's catalog
    local.features.athena ? ["athena", "sts"] : [],
    # Airflow starts tasks and jobs from inside; Step Functions does from outside
    local.features.mwaa ? ["ecs", "sns", "sqs", "kms", "monitoring", "airflow.api", "airflow.env"] : [],
    local.features.mwaa && local.features.emr ? ["emr-serverless"] : [],
  ))
}

module "lake" {
  source = "../lake"

  name          = local.name
  region        = var.region
  require_tls   = local.features.require_tls
  access_logs   = local.features.access_logs
  replication   = local.features.replication
  boundary_arn  = module.access.boundary_arn
  force_destroy = local.features.force_destroy

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }
}

module "state" {
  source = "../state"

  name          = local.name
  keys          = module.lake.keys
  force_destroy = local.features.force_destroy
}

module "catalog" {
  source = "../catalog"

  name             = local.name
  buckets          = module.lake.buckets
  keys             = module.lake.keys
  scan_limit_bytes = var.scan_limit_bytes
}

module "secrets" {
  source = "../secrets"

  name                 = local.name
  keys                 = module.lake.keys
  sources              = var.sources
  rotation_lambda_arns = var.rotation_lambda_arns
  recovery_days        = local.features.force_destroy ? 0 : 30
}

module "access" {
  source = "../access"

  name     = local.name
  region   = var.region
  features = local.features
  buckets  = module.lake.buckets
  keys     = module.lake.keys
  tables   = module.state.tables
  secrets  = module.secrets.secrets
  names    = local.names

  catalog = {
    databases  = module.catalog.databases
    prefix     = module.catalog.prefix
    work_group = module.catalog.work_group
  }

  externals = {
    snowflake                 = { account_arn = var.snowflake.account_arn, external_id = var.snowflake.external_id }
    redshift_cluster_role_arn = var.redshift_cluster_role_arn
    ci                        = merge(var.ci, { environment = var.environment })
    reader_account_ids        = var.reader_account_ids
    vendors                   = var.vendors
    cdc                       = var.cdc == null ? null : { secret_arn = var.cdc.source_database.secret_arn }
  }
}
