variable "name" {
  description = "Prefix of every name: <project>-<environment>."
  type        = string
}

variable "region" {
  description = "Region of the deployment."
  type        = string
}

variable "features" {
  description = "Features that decide which roles exist: mwaa, api, cdc, log_archive; emr decides whether runs start jobs, athena whether builds query Athena."
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
    task_families      = map(string)
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
  description = "Principals outside this deployment: Snowflake's user and external id, the Redshift cluster's role, the GitHub repository of CI and its existing OIDC provider, accounts that read gold, vendors that write to the drop, the secret of the database that DMS follows."
  type = object({
    snowflake                 = optional(object({ account_arn = optional(string), external_id = optional(string) }), {})
    redshift_cluster_role_arn = optional(string)
    ci                        = optional(object({ repository = optional(string), environment = optional(string), oidc_provider_arn = optional(string) }), {})
    reader_account_ids        = optional(list(string), [])
    cdc                       = optional(object({ secret_arn = string }))
    vendors                   = optional(map(object({ principals = list(string), external_id = string, prefix = optional(string) })), {})
  })
  default = {}

  validation {
    condition     = alltrue([for account in var.externals.reader_account_ids : can(regex("^[0-9]{12}$", account))])
    error_message = "reader_account_ids holds a value that is no AWS account: expected 12 digits each."
  }

  validation {
    condition     = var.externals.redshift_cluster_role_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", coalesce(var.externals.redshift_cluster_role_arn, "none")))
    error_message = "redshift_cluster_role_arn is no role's ARN: expected such as arn:aws:iam::123456789012:role/redshift."
  }

  validation {
    condition     = alltrue([for vendor in keys(var.externals.vendors) : can(regex("^[a-z][a-z0-9_]{0,19}$", vendor))])
    error_message = "vendors has a name that can't end a role's name: expected at most 20 characters of a-z, 0-9 and _."
  }

  validation {
    condition = alltrue(flatten([for vendor in values(var.externals.vendors) : [
      for principal in vendor.principals : can(regex("^([0-9]{12}|arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/[\\w+=,.@/-]+))$", principal))
    ]]))
    error_message = "vendors has a principal that is neither an account of 12 digits nor the ARN of a role or user."
  }

  validation {
    condition     = alltrue([for vendor in values(var.externals.vendors) : vendor.prefix == null || can(regex("^[\\w.=-]+(/[\\w.=-]+)*$", coalesce(vendor.prefix, "none")))])
    error_message = "vendors has a prefix with a wildcard, or a slash at its beginning or end: expected a folder of the drop such as price_list."
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
