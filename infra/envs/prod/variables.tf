variable "project" {
  description = "Name of the project: the first half of every name."
  type        = string
  default     = "lakehouse"
}

variable "environment" {
  description = "Name of the environment: the second half of every name."
  type        = string
  default     = "prod"
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "us-east-1"
}

variable "replica_region" {
  description = "Region of replicas, used with the feature replication."
  type        = string
  default     = "us-west-2"
}

variable "features" {
  description = "Features to switch on or off; the others keep their default, see infra/modules/lakehouse/features.tf."
  type        = map(bool)
  default     = {}
}

variable "image" {
  description = "URI of the container image; null: this environment's repository at image_tag, without functions until the image is pushed and named here."
  type        = string
  default     = null
}

variable "image_tag" {
  description = "Tag of the image; latest is refused."
  type        = string
}

variable "task_runtime" {
  description = "What runs a step: ecs, emr or sqs."
  type        = string
  default     = "ecs"
}

variable "sources" {
  description = "Sources that a run loads, of ingestion/sources; each gets a secret dlt/sources/<source>, whose value is yours to put before the first run."
  type        = list(string)
  default     = []
}

variable "loads" {
  description = "Tasks of ingest, which run at the same time on machines of their own: a source each, or a table of a large one as source.table; null: a task for each source."
  type        = list(string)
  default     = null
}

variable "settings" {
  description = "Settings of sources and commands that are not secret, for containers, functions and Spark jobs, such as { SOURCES__FX_RATES__BASE_URL = \"https://api.frankfurter.dev\" }."
  type        = map(string)
  default     = {}
}

variable "snowflake" {
  description = "Snowflake's storage integration and where gold is published; null attributes: not yet. See infra/snowflake."
  # this and the other variables of type any: infra/modules/lakehouse has the type and checks it
  type    = any
  default = {}
}

variable "alert_emails" {
  description = "Addresses that get critical and warning messages."
  type        = list(string)
  default     = []
}

variable "vendors" {
  description = "Vendors that deliver files: principals that may assume the role <project>-<environment>-vendor-<name>, its external id, and its prefix: the folder of a table in ingestion/sources/vendor_files.py."
  type        = any
  default     = {}
}

variable "source_egress" {
  description = "Addresses and ports of sources that answer on another port than 443."
  type        = map(object({ cidr = string, port = number }))
  default     = {}
}

variable "cdc" {
  description = "With the feature cdc: the database that DMS follows, and its tables."
  type        = any
  default     = null
}

variable "streaming" {
  description = "With the feature streaming: the MSK cluster or the Kinesis streams that tasks read."
  type        = any
  default     = {}
}

variable "redshift_cluster_role_arn" {
  description = "Role of the Redshift cluster that UNLOADs to the stage."
  type        = string
  default     = null
}

variable "ci" {
  description = "GitHub repository whose jobs push images, and ARN of the account's OIDC provider where it exists."
  type        = any
  default     = {}
}

variable "reader_account_ids" {
  description = "Accounts that read gold."
  type        = list(string)
  default     = []
}

variable "vpc_cidr" {
  description = "Addresses of the VPC; another block where it is peered with a network that has these."
  type        = string
  default     = "10.20.0.0/16"
}

variable "zone_names" {
  description = "Names of zones that may get a subnet; empty: those that have every endpoint service of this deployment."
  type        = list(string)
  default     = []
}

variable "spark" {
  description = "With task_runtime = emr: folder of the job's files in the artifacts bucket, arguments, settings of Spark."
  type        = any
  default     = {}
}

variable "mwaa" {
  description = "With the feature mwaa: Airflow's version, class, workers and requirements. See docs/operate/airflow.md."
  type        = any
  default     = {}
}

variable "retry_interval_s" {
  description = "Seconds before the first repetition of a step that failed; null: as operations/steps.py has them."
  type        = number
  default     = null
}

variable "reserved_concurrency" {
  description = "Concurrency that is reserved for a function, by function."
  type        = map(number)
  default     = {}
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

locals {
  # what variables of type any have: the module refuses names that its types lack, Terraform would drop them without a word
  attributes = merge(
    {
      for name, value in { cdc = var.cdc, ci = var.ci, mwaa = var.mwaa, snowflake = var.snowflake, spark = var.spark, streaming = var.streaming } :
      name => try(keys(value), [])
    },
    { vendors = try(flatten([for vendor in values(var.vendors) : keys(vendor)]), []) },
  )
}
