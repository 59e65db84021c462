variable "name" {
  description = "Prefix of every name: <project>-<environment>."
  type        = string
}

variable "buckets" {
  description = "Buckets by role; tables lie in lake, results of queries in stage."
  type        = map(object({ name = string, arn = string }))
}

variable "keys" {
  description = "KMS keys by role; results of queries use data."
  type        = map(object({ id = string, arn = string }))
}

variable "scan_limit_bytes" {
  description = "Bytes that one query may scan; Athena cancels it beyond."
  type        = number
  default     = 107374182400

  validation {
    condition     = var.scan_limit_bytes >= 10485760
    error_message = "scan_limit_bytes is below Athena's least of 10485760 (10 MB)."
  }
}
