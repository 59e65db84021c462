# Concerns that exist by feature alone.

module "cdc" {
  source = "../cdc"
  count  = local.features.cdc ? 1 : 0

  name               = local.name
  region             = var.region
  network            = module.network
  roles              = module.access.roles
  keys               = module.lake.keys
  bucket             = module.lake.buckets.vendor_drop
  topics             = module.observability.topics
  source_database    = var.cdc.source_database
  tables             = var.cdc.tables
  serverless         = var.cdc.serverless
  start              = var.cdc.start
  account_roles      = var.cdc.account_roles
  log_retention_days = var.log_retention_days
}

module "streaming" {
  source = "../streaming"
  count  = local.features.streaming ? 1 : 0

  name    = local.name
  region  = var.region
  network = module.network
  roles   = module.access.roles
  kafka   = var.streaming.kafka
  kinesis = var.streaming.kinesis
}

module "api" {
  source = "../api"
  count  = local.features.api ? 1 : 0

  name              = local.name
  region            = var.region
  roles             = module.access.roles
  state_machine_arn = module.orchestration.state_machine_arn
  log_groups        = module.observability.log_groups
}
