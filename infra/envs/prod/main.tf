provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "replica"
  region = var.replica_region

  default_tags {
    tags = local.tags
  }
}

locals { tags = { project = var.project, environment = var.environment, managed_by = "terraform" } }

module "lakehouse" {
  source    = "../../modules/lakehouse"
  providers = { aws = aws, aws.replica = aws.replica }

  # of the budget 109.50 USD are five interface endpoints in three zones
  zones              = 3
  task               = { cpu = 4096, memory = 16384, spot = false }
  monthly_budget_usd = 1000

  project                   = var.project
  environment               = var.environment
  region                    = var.region
  features                  = var.features
  image                     = var.image
  image_tag                 = var.image_tag
  task_runtime              = var.task_runtime
  spark                     = var.spark
  mwaa                      = var.mwaa
  retry_interval_s          = var.retry_interval_s
  reserved_concurrency      = var.reserved_concurrency
  sources                   = var.sources
  loads                     = var.loads
  settings                  = var.settings
  source_egress             = var.source_egress
  rotation_lambda_arns      = var.rotation_lambda_arns
  vendors                   = var.vendors
  cdc                       = var.cdc
  streaming                 = var.streaming
  snowflake                 = var.snowflake
  redshift_cluster_role_arn = var.redshift_cluster_role_arn
  reader_account_ids        = var.reader_account_ids
  ci                        = var.ci
  alert_emails              = var.alert_emails
  log_retention_days        = var.log_retention_days
  vpc_cidr                  = var.vpc_cidr
  zone_names                = var.zone_names
  attributes                = local.attributes
}
