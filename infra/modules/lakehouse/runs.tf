# What runs, what starts it, and what watches it.

module "compute" {
  source = "../compute"

  name        = local.name
  region      = var.region
  network     = module.network
  roles       = module.access.roles
  keys        = module.lake.keys
  log_groups  = module.observability.log_groups
  image       = var.image
  image_tag   = var.image_tag
  task        = var.task
  emr         = var.emr
  features    = local.features
  environment = local.settings
  functions   = local.functions
  secrets     = module.secrets.secrets
  publish     = local.publish

  reserved_concurrency = var.reserved_concurrency
}

module "events" {
  source = "../events"

  name        = local.name
  region      = var.region
  vendor_drop = module.lake.buckets.vendor_drop
  keys        = module.lake.keys
  function    = lookup(module.compute.functions, "arrivals", null)
  worker      = local.worker
  require_tls = local.features.require_tls

  function_timeout_s = module.compute.function_timeout_s.arrivals
}

module "orchestration" {
  source = "../orchestration"

  name               = local.name
  environment_name   = var.environment
  mwaa               = var.mwaa
  region             = var.region
  network            = module.network
  roles              = module.access.roles
  compute            = module.compute
  buckets            = module.lake.buckets
  keys               = module.lake.keys
  log_groups         = module.observability.log_groups
  log_retention_days = var.log_retention_days
  topics             = module.observability.topics
  task_runtime       = var.task_runtime
  worker_queue       = module.events.worker_queue
  sources            = var.sources
  loads              = var.loads
  retry_interval_s   = var.retry_interval_s
  spark              = var.spark
  environment        = local.settings
  # a worker has settings of its own
  publish  = local.published || local.worker
  features = local.features
}

module "observability" {
  source = "../observability"

  name               = local.name
  region             = var.region
  keys               = module.lake.keys
  buckets            = module.lake.buckets
  features           = local.features
  log_retention_days = var.log_retention_days
  archive_roles      = local.archive_roles
  alert_emails       = var.alert_emails
  monthly_budget_usd = var.monthly_budget_usd
  budget_tag         = local.features.budget_tag ? { key = "environment", value = var.environment } : null
  activate_tag       = local.features.activate_tag
  state_machine_arn  = module.orchestration.state_machine_arn
  functions          = { for key, function in module.compute.functions : key => function.name }
  queues             = module.events.queues
  dead_letter_queues = merge(module.events.dead_letter_queues, module.compute.dead_letter_queues, module.orchestration.dead_letter_queues)
  schedule_group     = module.orchestration.schedule_group
}

locals {
  archive_roles = local.features.log_archive ? {
    subscription = module.access.roles.log_subscription.arn
    delivery     = module.access.roles.log_delivery.arn
  } : null
}
