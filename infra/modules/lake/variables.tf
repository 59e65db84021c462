variable "name" {
  description = "Prefix of every name: <project>-<environment>."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name can't begin a bucket's name: expected 3 to 32 characters of a-z, 0-9 and -."
  }
}

variable "region" {
  description = "Region of the deployment."
  type        = string
}

variable "require_tls" {
  description = "Refuse requests without TLS 1.2."
  type        = bool
  default     = true
}

variable "access_logs" {
  description = "S3 also logs every request to the buckets, in a bucket of its own. CloudTrail's data events record the same requests; see trail.tf of observability."
  type        = bool
  default     = false
}

variable "replication" {
  description = "Copy the lake to a bucket of backups in the region of the provider aws.replica."
  type        = bool
  default     = false
}

variable "boundary_arn" {
  description = "Permissions boundary of the replication role; required with replication."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Let terraform destroy delete buckets that hold objects, all their versions included."
  type        = bool
  default     = false
}
