variable "name" {
  description = "Prefix of every resource's name: <project>-<environment>."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,31}$", var.name))
    error_message = "name is \"${var.name}\": expected 3 to 32 lower-case letters, digits and dashes."
  }
}

variable "region" {
  description = "Region of the environment, such as us-east-1."
  type        = string
}

variable "keys" {
  description = "KMS keys of the lake module: data and operations."
  type        = map(object({ id = string, arn = string }))
}

variable "buckets" {
  description = "Buckets of the lake module. CloudTrail writes to logs and watches the others."
  type        = map(object({ name = string, arn = string }))
}

variable "features" {
  description = "Switches of the composition; budgets, cloudtrail, composite_alarms, query_definitions and require_tls count here."
  type        = map(bool)
  default     = {}
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps a log line."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}: expected a period of CloudWatch of at most a year, such as 30."
  }
}

variable "archive_roles" {
  description = "Roles that copy log lines to the logs bucket: subscription (assumed by logs) and delivery (assumed by firehose). Null: no copy."
  type        = object({ subscription = string, delivery = string })
  default     = null
}

variable "alert_emails" {
  description = "Addresses that get critical and warning messages; each confirms its subscription once."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alert_emails has an entry that is no e-mail address: expected such as data-team@example.com."
  }
}

variable "monthly_budget_usd" {
  description = "Monthly cost, in USD, that the budget measures against."
  type        = number
  default     = 500

  validation {
    condition     = var.monthly_budget_usd > 0
    error_message = "monthly_budget_usd is ${var.monthly_budget_usd}: expected a positive number."
  }
}

variable "budget_tag" {
  description = "Cost allocation tag that limits the budget to what carries it; null: the whole account. It counts nothing before the tag is active, see cost.tf."
  type        = object({ key = string, value = string })
  default     = null
}

variable "activate_tag" {
  description = "Activate budget_tag as a cost allocation tag: in an account that pays for itself, a day after the first apply."
  type        = bool
  default     = false

  validation {
    condition     = !var.activate_tag || var.budget_tag != null
    error_message = "activate_tag is on without budget_tag: switch the feature budget_tag on, too, or activate_tag off."
  }
}

variable "state_machine_arn" {
  description = "ARN of the state machine that runs the lake."
  type        = string
}

variable "functions" {
  description = "Names of the Lambda functions by role; empty without an image."
  type        = map(string)
  default     = {}
}

variable "queues" {
  description = "Work queues: their names, and the age in seconds of the oldest message from which on consumers are behind."
  type        = map(object({ name = string, max_age_s = number }))
  default     = {}
}

variable "dead_letter_queues" {
  description = "Names of the dead-letter queues; one message in one of them is an alarm."
  type        = map(string)
  default     = {}
}

variable "schedule_group" {
  description = "Name of the schedule group whose failed targets raise an alarm; null without schedules."
  type        = string
  default     = null
}

variable "metrics_file" {
  description = "JSON file of the metrics over the run log; null: metrics.json of this module."
  type        = string
  default     = null
}
