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
  description = "Roles of the access module: function, execution and publish_execution count here, and one for each step: ingest, build, publish."
  type        = map(object({ name = string, arn = string }))
}

variable "keys" {
  description = "KMS keys of the lake module: data and operations."
  type        = map(object({ id = string, arn = string }))
}

variable "log_groups" {
  description = "Log groups of the observability module: task and functions count here."
  type        = map(object({ name = string, arn = string }))
}

variable "image" {
  description = "URI of the container image; null: the repository of this module at image_tag, and no functions, because Lambda needs an image that exists."
  type        = string
  default     = null

  validation {
    condition     = var.image == null || can(regex("(:|@sha256:)[^/]+$", var.image)) && !endswith(coalesce(var.image, "none"), ":latest")
    error_message = "image names no version: expected a URI with a tag other than latest, or with a digest."
  }
}

variable "image_tag" {
  description = "Tag of the image in this module's repository where image is null."
  type        = string

  validation {
    condition     = var.image_tag != "latest" && can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.image_tag))
    error_message = "image_tag is \"${var.image_tag}\": expected a version's tag; tags are immutable, so latest is refused."
  }
}

variable "task" {
  description = "Size of a Fargate task: CPU units, memory in MB, scratch space in GB, and whether ingest runs on spare capacity; builds and publishes never do."
  type = object({
    cpu        = optional(number, 4096)
    memory     = optional(number, 16384)
    scratch_gb = optional(number, 50)
    spot       = optional(bool, false)
  })
  default = {}

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.task.cpu)
    error_message = "task.cpu is ${var.task.cpu}: expected a size of Fargate, such as 4096."
  }

  validation {
    condition     = var.task.scratch_gb >= 21 && var.task.scratch_gb <= 200
    error_message = "task.scratch_gb is ${var.task.scratch_gb}: expected 21 to 200."
  }
}

variable "emr" {
  description = "EMR Serverless: release, upper limits of one application, minutes until an idle application stops."
  type = object({
    release       = optional(string, "emr-spark-8.0.0")
    max_vcpu      = optional(number, 64)
    max_memory_gb = optional(number, 256)
    max_disk_gb   = optional(number, 1000)
    idle_minutes  = optional(number, 10)
  })
  default = {}
}

variable "features" {
  description = "Switches of the composition; emr and force_destroy count here."
  type        = map(bool)
  default     = {}
}

variable "environment" {
  description = "Settings of containers and functions: LAKEHOUSE_… and SOURCES__… variables, none of them secret."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name, value in var.environment : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "environment has a name that is no variable's: expected capitals, digits and underscores."
  }
}

variable "secrets" {
  description = "Secrets of the secrets module; snowflake_publish counts here: sources read theirs by dlt's AWS provider."
  type        = map(object({ name = string, arn = string }))
  default     = {}
}

variable "publish" {
  description = "Where gold is published: settings of the container, none of them secret, and those that come from the secret snowflake_publish, with their keys in its JSON. A task whose secret lacks a key does not start."
  type = object({
    environment = optional(map(string), {})
    secrets     = optional(map(string), {})
  })
  default = {}
}

variable "functions" {
  description = "Lambda functions of the image: handler, memory in MB, timeout in seconds."
  type = map(object({
    handler   = string
    memory    = optional(number, 2048)
    timeout_s = optional(number, 300)
  }))
  default = {}

  validation {
    condition     = alltrue([for one in values(var.functions) : one.timeout_s <= 900])
    error_message = "functions has a timeout_s of more than 900 seconds, Lambda's limit."
  }
}

variable "reserved_concurrency" {
  description = "Concurrency that is reserved for a function, by function; none by default, because a new account's limit is 10, of which none can be reserved."
  type        = map(number)
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.reserved_concurrency), keys(var.functions))) == 0
    error_message = "reserved_concurrency names unknown functions: ${join(", ", setsubtract(keys(var.reserved_concurrency), keys(var.functions)))}; known are ${join(", ", keys(var.functions))}."
  }
}
