variable "name" {
  description = "Prefix of every name: <project>-<environment>."
  type        = string
}

variable "keys" {
  description = "KMS keys by role; secrets use data."
  type        = map(object({ id = string, arn = string }))
}

variable "sources" {
  description = "Sources that have credentials."
  type        = set(string)

  validation {
    condition     = alltrue([for source in var.sources : can(regex("^[a-z][a-z0-9_]*$", source))])
    error_message = "sources holds a name that is no source's: expected lower snake case such as fx_rates."
  }
}

variable "rotation_lambda_arns" {
  description = "Functions that rotate a secret, by source; a secret without one is rotated by hand."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.rotation_lambda_arns), setunion(var.sources, ["snowflake_publish"]))) == 0
    error_message = "rotation_lambda_arns names what has no secret: ${join(", ", setsubtract(keys(var.rotation_lambda_arns), setunion(var.sources, ["snowflake_publish"])))}; expected names that sources has, or snowflake_publish."
  }
}

variable "rotation_days" {
  description = "Days between rotations."
  type        = number
  default     = 30
}

variable "recovery_days" {
  description = "Days that a deleted secret can be restored; 0 deletes at once."
  type        = number
  default     = 30

  validation {
    condition     = var.recovery_days == 0 || (var.recovery_days >= 7 && var.recovery_days <= 30)
    error_message = "recovery_days is neither 0 nor between 7 and 30, which is what Secrets Manager takes."
  }
}
