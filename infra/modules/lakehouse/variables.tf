variable "project" {
  description = "Name of the project: the first half of every name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.project))
    error_message = "project can't begin a bucket's name: expected 3 to 20 characters of a-z, 0-9 and -."
  }
}

variable "environment" {
  description = "Name of the environment, such as dev: the second half of every name. An account holds one environment of a region, because dlt's names of secrets have no environment in them."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,10}$", var.environment))
    error_message = "environment is no short name: expected 2 to 11 characters of a-z and 0-9, such as dev."
  }
}

variable "region" {
  description = "Region of the deployment, that of the provider aws."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is \"${var.region}\", which is no AWS region: expected such as eu-central-1."
  }
}

variable "features" {
  description = "Features to switch on or off; the others keep their default, see features.tf."
  type        = map(bool)
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.features), keys(local.feature_defaults))) == 0
    error_message = "features has unknown keys: ${join(", ", setsubtract(keys(var.features), keys(local.feature_defaults)))}; known are ${join(", ", keys(local.feature_defaults))}."
  }

  validation {
    condition     = !lookup(var.features, "schedules", false) || length(var.sources) > 0
    error_message = "features switches schedules on, but sources is empty: every run would fail. Name the sources that a run loads."
  }
}

variable "vpc_cidr" {
  description = "Addresses of the VPC."
  type        = string
  default     = "10.20.0.0/16"
}

variable "zones" {
  description = "Zones that have a private subnet; each costs its share of interface endpoints: 7.30 USD a month an endpoint in us-east-1."
  type        = number
  default     = 3

  validation {
    condition     = var.zones >= 2 || !local.features.mwaa && !local.features.cdc
    error_message = "zones is 1, but Airflow and DMS need subnets in two zones: set zones to 2, or switch mwaa and cdc off."
  }
}

variable "zone_names" {
  description = "Names of zones that may get a subnet; empty: those that have every endpoint service of this deployment. See the output zone_names."
  type        = list(string)
  default     = []
}

variable "source_egress" {
  description = "Addresses and ports of sources that answer on another port than 443."
  type        = map(object({ cidr = string, port = number }))
  default     = {}
}

variable "image" {
  description = "URI of the container image, by tag or digest; null: this deployment's repository at image_tag, and no functions until the image is pushed and named here."
  type        = string
  default     = null
}

variable "image_tag" {
  description = "Tag of the image; latest is refused."
  type        = string
}

variable "task" {
  description = "Size of a Fargate task, and whether ingest runs on spare capacity; builds and publishes never do."
  type = object({
    cpu        = optional(number, 4096)
    memory     = optional(number, 16384)
    scratch_gb = optional(number, 50)
    spot       = optional(bool, false)
  })
  default = {}
}

variable "task_runtime" {
  description = "What runs a step: ecs (Fargate), emr (builds on EMR Serverless, the rest on Fargate; upload its files before: `lakehouse submit build --upload-only`), sqs (a worker that takes commands from a queue)."
  type        = string
  default     = "ecs"
}

variable "spark" {
  description = "With task_runtime = emr, the job of a build: see infra/modules/orchestration."
  type = object({
    folder    = optional(string)
    arguments = optional(list(string))
    settings  = optional(map(string))
  })
  default = {}
}

variable "mwaa" {
  description = "With the feature mwaa, Airflow: see infra/modules/orchestration."
  type = object({
    version                        = optional(string)
    class                          = optional(string)
    max_workers                    = optional(number)
    requirements_s3_path           = optional(string)
    requirements_s3_object_version = optional(string)
  })
  default = {}
}

variable "retry_interval_s" {
  description = "Seconds before the first repetition of a step that failed; null: as operations/steps.py has them."
  type        = number
  default     = null
}

variable "reserved_concurrency" {
  description = "Concurrency that is reserved for a function, by function; a new account has none to reserve."
  type        = map(number)
  default     = {}
}

variable "sources" {
  description = "Sources that a run loads, of ingestion/sources, such as [\"postgres\", \"fx_rates\"]; each gets a secret dlt/sources/<source>, whose value is yours to put before the first run."
  type        = list(string)
  default     = []

  validation {
    condition     = length(local.known_sources) == 0 || length(setsubtract(var.sources, local.known_sources)) == 0
    error_message = "sources has unknown names: ${join(", ", setsubtract(var.sources, local.known_sources))}; ingestion/sources has ${join(", ", local.known_sources)}."
  }
}

variable "loads" {
  description = "Tasks of ingest, which run at the same time on machines of their own: a source each, or a table of a large one as source.table, such as [\"snowflake.order_items\", \"snowflake.orders\", \"postgres\"]; null: a task for each source. Leases keep them apart."
  type        = list(string)
  default     = null

  validation {
    condition     = length(setsubtract([for load in coalesce(var.loads, var.sources) : split(".", load)[0]], var.sources)) == 0
    error_message = "loads names a source that sources lacks: add it there."
  }

  validation {
    condition     = length(setsubtract(var.sources, [for load in coalesce(var.loads, var.sources) : split(".", load)[0]])) == 0
    error_message = "loads leaves a source out, so no run would load it: ${join(", ", setsubtract(var.sources, [for load in coalesce(var.loads, var.sources) : split(".", load)[0]]))}. Add it or its tables, or take it out of sources."
  }
}

variable "settings" {
  description = "Settings of sources and commands that are not secret, for containers, functions and Spark jobs, such as { SOURCES__FX_RATES__BASE_URL = \"https://api.frankfurter.dev\" }."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^(LAKEHOUSE|SOURCES)_[A-Z0-9_]+$", name))])
    error_message = "settings has a name that is no setting's: expected LAKEHOUSE_… or SOURCES__<SOURCE>__<SETTING>."
  }

  validation {
    condition     = !anytrue([for name in keys(var.settings) : can(regex("PASSWORD|SECRET|TOKEN|PASSPHRASE|CREDENTIALS|PRIVATE_KEY$", name))])
    error_message = "settings names a secret: put it into the secret dlt/sources/<source>, because a setting is in the state and in task definitions."
  }
}

variable "emr" {
  description = "EMR Serverless: release, upper limits of the application, minutes until it stops when idle."
  type = object({
    release       = optional(string, "emr-spark-8.0.0")
    max_vcpu      = optional(number, 64)
    max_memory_gb = optional(number, 256)
    idle_minutes  = optional(number, 10)
  })
  default = {}
}

variable "scan_limit_bytes" {
  description = "Bytes that one Athena query may scan."
  type        = number
  default     = 107374182400
}

variable "monthly_budget_usd" {
  description = "Monthly cost, in USD, that the budget measures against."
  type        = number
  default     = 500
}

variable "alert_emails" {
  description = "Addresses that get critical and warning messages."
  type        = list(string)
  default     = []
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps a log line; the archive in S3 keeps a year."
  type        = number
  default     = 30
}

variable "rotation_lambda_arns" {
  description = "Functions that rotate a secret, by source."
  type        = map(string)
  default     = {}
}

variable "cdc" {
  description = "With the feature cdc: the MySQL database that DMS follows, with its secret (host, port, username, password) and certificate, the tables, and whether the account lacks the two roles that DMS takes by their names (account_roles; see infra/modules/cdc/account_roles.tf)."
  type = object({
    source_database = object({
      engine          = optional(string, "mysql")
      database        = string
      secret_arn      = string
      certificate_pem = string
    })
    tables        = optional(list(object({ schema = string, table = string })), [{ schema = "shop", table = "payments" }])
    serverless    = optional(bool, false)
    start         = optional(bool, false)
    account_roles = optional(bool, true)
  })
  default = null

  validation {
    condition     = !local.features.cdc || var.cdc != null
    error_message = "The feature cdc is on, but cdc is null: name the database that DMS follows."
  }
}

variable "streaming" {
  description = "With the feature streaming: the MSK cluster or the Kinesis streams that tasks read; see infra/modules/streaming."
  type = object({
    kafka = optional(object({
      security_group_id = string
      port              = optional(number, 9096)
      cluster_arn       = optional(string)
      topics            = optional(list(string), [])
    }))
    kinesis = optional(object({
      stream_arns = list(string)
      key_arns    = optional(list(string), [])
    }))
  })
  default = {}

  validation {
    condition     = !local.features.streaming || var.streaming.kafka != null || var.streaming.kinesis != null
    error_message = "The feature streaming is on, but streaming is empty: set streaming.kafka or streaming.kinesis."
  }
}

variable "snowflake" {
  description = "Snowflake. Storage integration, first apply: external_id alone, chosen by you (STORAGE_AWS_EXTERNAL_ID); second: account_arn too, as DESC INTEGRATION reports it (STORAGE_AWS_IAM_USER_ARN). Publish: account (null: nothing is published) and, where they differ from infra/snowflake, the names of the other objects; the secret <name>/snowflake has private_key and private_key_passphrase."
  type = object({
    account_arn = optional(string)
    external_id = optional(string)
    account     = optional(string)
    host        = optional(string)
    user        = optional(string, "LAKEHOUSE")
    role        = optional(string, "LAKEHOUSE_PUBLISHER")
    warehouse   = optional(string, "LAKEHOUSE_PUBLISH")
    database    = optional(string, "ANALYTICS")
    schema      = optional(string, "GOLD")
    stage       = optional(string)
  })
  default = {}
}

variable "redshift_cluster_role_arn" {
  description = "Role of the Redshift cluster that UNLOADs to the stage; it assumes the role redshift_unload."
  type        = string
  default     = null
}

variable "ci" {
  description = "GitHub repository (owner/name) whose jobs of the GitHub environment named like this one push images; ARN of the account's OIDC provider where it exists."
  type        = object({ repository = optional(string), oidc_provider_arn = optional(string) })
  default     = {}
}

variable "reader_account_ids" {
  description = "Accounts that read gold."
  type        = list(string)
  default     = []
}

variable "vendors" {
  description = "Vendors that deliver files: accounts or roles that may assume the role <project>-<environment>-vendor-<name> with an external id, and the prefix of the drop below which it writes, the name by default. Only folders of tables in ingestion/sources/vendor_files.py are loaded, such as price_list."
  type        = map(object({ principals = list(string), external_id = string, prefix = optional(string) }))
  default     = {}
}

variable "attributes" {
  description = "Names of the attributes that an environment's variables of type any have, by variable: one that is misspelled would be dropped without a word."
  type        = map(list(string))
  default     = {}

  validation {
    condition = alltrue([for name, given in var.attributes : length(setsubtract(given, local.known_attributes[name])) == 0])
    error_message = join(" ", [
      for name, given in var.attributes :
      "${name} has unknown attributes: ${join(", ", setsubtract(given, local.known_attributes[name]))}; known are ${join(", ", local.known_attributes[name])}."
      if length(setsubtract(given, local.known_attributes[name])) > 0
    ])
  }
}
