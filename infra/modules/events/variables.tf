variable "name" {
  description = "Prefix of every resource's name: <project>-<environment>."
  type        = string
}

variable "region" {
  description = "Region of the environment, such as us-east-1."
  type        = string
}

variable "vendor_drop" {
  description = "The bucket where vendors put files; it sends its notifications to EventBridge."
  type        = object({ name = string, arn = string })
}

variable "keys" {
  description = "KMS keys of the lake module; the operations key lets events.amazonaws.com use it."
  type        = map(object({ id = string, arn = string }))
}

variable "function" {
  description = "The function that loads arrivals; null: something else reads the queue."
  type        = object({ name = string, arn = string })
  default     = null
}

variable "function_timeout_s" {
  description = "Timeout of the consumer, in seconds; a message stays invisible six times as long."
  type        = number
  default     = 300

  validation {
    condition     = var.function_timeout_s >= 1 && var.function_timeout_s <= 900
    error_message = "function_timeout_s is ${var.function_timeout_s}: expected 1 to 900, Lambda's limit."
  }
}

variable "worker" {
  description = "Whether there is a queue of commands for a worker (task_runtime sqs)."
  type        = bool
  default     = false
}

variable "require_tls" {
  description = "Whether the queues refuse requests without TLS."
  type        = bool
  default     = true
}
