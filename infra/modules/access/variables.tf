variable "name" {
  description = "Prefix of every name: <project>-<environment>."
  type        = string
}

variable "region" {
  description = "Region of the deployment."
  type        = string
}

variable "features" {
  description = "Features that decide which roles exist: mwaa, api, cdc, log_archive; emr decides whether runs start jobs."
  type        = map(bool)
  default     = {}
}

variable "buckets" {
  description = "Buckets by role: lake, artifacts, logs, backups, vendor_drop, stage."
  type        = map(object({ name = string, arn = string }))
}

variable "keys" {
  description = "KMS keys by role: data, operations, vendor_drop."
  type        = map(object({ id = string, arn = string }))
}

variable "tables" {
  description = "DynamoDB tables by role: leases, state."
  type        = map(object({ name = string, arn = string }))
}

variable "catalog" {
  description = "Glue databases by layer, the prefix of their names, and the Athena work group."
  type = object({
    databases  = map(string)
    prefix     = string
    work_group = object({ name = string, arn = string })
  })
}

variable "secrets" {
  description = "Secrets by source, and snowflake_publish."
  type        = map(object({ name = string, arn = string }))
}

variable "names" {
  description = "Names of resources that later modules create; ARNs are composed from them, so that roles exist first."
  type = object({
    cluster            = string
    task_family        = string
    repository         = string
    state_machine      = string
    mwaa_environment   = string
    schedule_group     = string
    log_archive        = string
    emr_application_id = optional(string)
    functions          = map(string)
    queues             = map(string)
    topics             = map(string)
  })
}

variable "externals" {
  description = "Principals outside this deployment: Snowflake's user and external id, the Redshift cluster's role, the GitHub repository of CI and its existing OIDC provider, accounts that read gold, the secret of the database that DMS follows."
  type = object({
    snowflake                 = optional(object({ account_arn = optional(string), external_id = optional(string) }), {})
    redshift_cluster_role_arn = optional(string)
    ci                        = optional(object({ repository = optional(string), environment = optional(string), oidc_provider_arn = optional(string) }), {})
    reader_account_ids        = optional(list(string), [])
    cdc                       = optional(object({ secret_arn = string }))
  })
  default = {}

  validation {
    condition     = alltrue([for account in var.externals.reader_account_ids : can(regex("^[0-9]{12}$", account))])
    error_message = "reader_account_ids holds a value that is no AWS account: expected 12 digits each."
  }

  validation {
    condition     = var.externals.ci.repository == null || can(regex("^[\\w.-]+/[\\w.-]+$", coalesce(var.externals.ci.repository, "none")))
    error_message = "ci.repository names no GitHub repository: expected owner/name, without wildcards."
  }

  validation {
    condition     = var.externals.snowflake.account_arn == null || var.externals.snowflake.external_id != null
    error_message = "snowflake.account_arn is set without snowflake.external_id: set both, as DESC INTEGRATION reports them."
  }
}
