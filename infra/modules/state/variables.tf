variable "name" {
  description = "Prefix of every name: <project>-<environment>."
  type        = string
}

variable "keys" {
  description = "KMS keys by role; the tables use data."
  type        = map(object({ id = string, arn = string }))
}

variable "force_destroy" {
  description = "Let terraform destroy delete the tables."
  type        = bool
  default     = false
}
