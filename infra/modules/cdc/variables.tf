variable "name" {
  description = "Prefix of every resource's name: <project>-<environment>."
  type        = string
}

variable "region" {
  description = "Region of the environment, such as us-east-1."
  type        = string
}

variable "network" {
  description = "The network module's private subnets and the security group of tasks."
  type = object({
    private_subnet_ids = list(string)
    security_group_id  = string
  })
}

variable "roles" {
  description = "Roles of the access module; dms counts here: it writes the bucket and reads the database's secret."
  type        = map(object({ name = string, arn = string }))
}

variable "keys" {
  description = "KMS keys of the lake module: data, operations, and vendor_drop, which encrypts the change files."
  type        = map(object({ id = string, arn = string }))
}

variable "bucket" {
  description = "The bucket that gets the change files; SOURCES__CDC__BUCKET_URL is s3://<bucket>/<folder>."
  type        = object({ name = string, arn = string })
}

variable "folder" {
  description = "Folder of the change files in the bucket."
  type        = string
  default     = "cdc"
}

variable "topics" {
  description = "Topics of the observability module; critical counts here."
  type        = map(string)
}

variable "source_database" {
  description = "The MySQL database to follow: engine, name, secret with host, port, username and password, and the PEM of the authority that signed its certificate. It needs binlog_row_image=FULL."
  type = object({
    engine          = optional(string, "mysql")
    database        = string
    secret_arn      = string
    certificate_pem = string
  })

  validation {
    condition     = contains(["mysql", "aurora", "mariadb"], var.source_database.engine)
    error_message = "source_database.engine is ${var.source_database.engine}: expected mysql, aurora or mariadb."
  }
}

variable "tables" {
  description = "Tables to follow: schema and table, as they stand in ingestion/sources/cdc.py."
  type        = list(object({ schema = string, table = string }))
  default     = [{ schema = "shop", table = "payments" }]

  validation {
    condition     = length(var.tables) > 0 && alltrue([for one in var.tables : !strcontains("${one.schema}${one.table}", "%")])
    error_message = "tables is empty or has a pattern: name each table, or DMS copies what nobody declared."
  }
}

variable "timestamp_column" {
  description = "TimestampColumnName of the endpoint; the cdc source's timestamp_column."
  type        = string
  default     = "dms_ts"
}

variable "serverless" {
  description = "Whether DMS Serverless replicates (it scales); otherwise an instance does (cheaper where changes never stop)."
  type        = bool
  default     = false
}

variable "instance" {
  description = "Replication instance: class, engine version, storage in GB, whether it has a standby."
  type = object({
    class      = optional(string, "dms.t3.medium")
    version    = optional(string, "3.5.4")
    storage_gb = optional(number, 50)
    multi_az   = optional(bool, false)
  })
  default = {}
}

variable "max_capacity_units" {
  description = "Upper limit of DMS Serverless, in capacity units."
  type        = number
  default     = 4

  validation {
    condition     = contains([1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384], var.max_capacity_units)
    error_message = "max_capacity_units is ${var.max_capacity_units}: expected a step of DMS Serverless, such as 4."
  }
}

variable "start" {
  description = "Whether the replication starts when it is created; false: an operator starts it once the database is ready."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps DMS' log lines."
  type        = number
  default     = 30
}

variable "account_roles" {
  description = "Whether to create dms-vpc-role and dms-cloudwatch-logs-role; false where the account has them, see account_roles.tf."
  type        = bool
  default     = true
}
