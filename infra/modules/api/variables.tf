variable "name" {
  description = "Prefix of every resource's name: <project>-<environment>."
  type        = string
}

variable "region" {
  description = "Region of the environment, such as us-east-1."
  type        = string
}

variable "roles" {
  description = "Roles of the access module; api counts here: it starts the state machine."
  type        = map(object({ name = string, arn = string }))
}

variable "state_machine_arn" {
  description = "ARN of the state machine that a request starts."
  type        = string
}

variable "log_groups" {
  description = "Log groups of the observability module; api counts here."
  type        = map(object({ name = string, arn = string }))
}

variable "requests_per_second" {
  description = "Requests that the stage takes in a second; twice as many in a burst. Others get 429."
  type        = number
  default     = 2

  validation {
    condition     = var.requests_per_second > 0 && var.requests_per_second <= 100
    error_message = "requests_per_second is ${var.requests_per_second}: expected 1 to 100; a request starts a whole run."
  }
}
