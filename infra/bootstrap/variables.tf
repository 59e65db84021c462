variable "project" {
  description = "Name of the project: the beginning of the bucket's name."
  type        = string
  default     = "lakehouse"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.project))
    error_message = "project can't begin a bucket's name: expected 3 to 20 characters of a-z, 0-9 and -."
  }
}

variable "region" {
  description = "Region of the state bucket."
  type        = string
  default     = "us-east-1"
}

variable "lock_table" {
  description = "Also make a DynamoDB table of locks, for teams whose Terraform is older than 1.10; the environments lock by a file in the bucket."
  type        = bool
  default     = false
}

variable "service_linked_roles" {
  description = "Service-linked roles that the account lacks. A new account needs [\"ecs.amazonaws.com\"]: ECS makes its role with the first cluster, but not before the environment wants to use it. A role that is there can't be made twice."
  type        = set(string)
  default     = []
}
