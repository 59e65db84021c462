# The module access with the longest names and every feature: a root module of the tests, beside a copy of infra/.
provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  max_retries                 = 1
}

locals {
  name    = "lakehouse-of-acme-us-production1"
  scope   = "us-gov-west-1:123456789012"
  sources = ["cdc", "fx_rates", "kafka", "postgres", "redshift", "salesforce", "snowflake", "vendor_files"]
}

module "access" {
  source = "./infra/modules/access"

  name     = local.name
  region   = "us-gov-west-1"
  features = { mwaa = true, api = true, cdc = true, athena = true }

  buckets = { for role in ["lake", "artifacts", "logs", "backups", "vendor_drop", "stage"] :
    role => { name = role, arn = "arn:aws:s3:::${local.name}-${role}-123456789012" }
  }
  keys = { for key in ["data", "operations", "vendor_drop"] :
    key => { id = key, arn = "arn:aws:kms:${local.scope}:key/11111111-1111-1111-1111-111111111111" }
  }
  tables = { for table in ["leases", "state"] :
    table => { name = table, arn = "arn:aws:dynamodb:${local.scope}:table/${local.name}-${table}" }
  }
  secrets = { for secret in concat(local.sources, ["snowflake_publish"]) :
    secret => { name = secret, arn = "arn:aws:secretsmanager:${local.scope}:secret:dlt/sources/${secret}-AbCdEf" }
  }

  catalog = {
    databases  = { for layer in ["bronze", "silver", "gold", "seeds", "snapshots", "audit"] : layer => "${local.name}_${layer}" }
    prefix     = "${local.name}_"
    work_group = { name = local.name, arn = "arn:aws:athena:${local.scope}:workgroup/${local.name}" }
  }

  names = {
    cluster            = "${local.name}-cluster"
    task_families      = { for step in ["ingest", "build", "publish"] : step => "${local.name}-${step}" }
    repository         = "${local.name}-image"
    state_machine      = "${local.name}-run"
    mwaa_environment   = "${local.name}-airflow"
    schedule_group     = local.name
    log_archive        = "${local.name}-log-archive"
    emr_application_id = "00f1abcdefghijkl"
    functions          = { arrivals = "${local.name}-arrivals" }
    queues             = { for queue in ["arrivals", "worker", "functions_dead_letter", "schedules_dead_letter"] : queue => "${local.name}-${queue}" }
    topics             = { for severity in ["critical", "warning", "info"] : severity => "${local.name}-${severity}" }
  }

  externals = {
    snowflake                 = { external_id = "one" }
    redshift_cluster_role_arn = "arn:aws:iam::123456789012:role/cluster"
    ci                        = { repository = "example/lakehouse" }
    reader_account_ids        = ["210987654321"]
    vendors                   = { acme = { principals = ["210987654321"], external_id = "one" } }
  }
}
