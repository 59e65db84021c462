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
  description = "Roles of the access module: state_machine, scheduler, and emr and mwaa by feature."
  type        = map(object({ name = string, arn = string }))
}

variable "compute" {
  description = "Outputs of the compute module."
  type = object({
    cluster            = object({ name = string, arn = string })
    task_definitions   = map(object({ arn = string, capacity_provider = string }))
    container_name     = string
    emr_application_id = optional(string)
    functions          = map(object({ name = string, arn = string }))
  })

  validation {
    condition     = length(setsubtract(keys(jsondecode(file("${path.module}/steps.json"))), keys(var.compute.task_definitions))) == 0
    error_message = "steps.json has a step without a task definition: give it one in infra/modules/compute, and a role in infra/modules/access."
  }
}

variable "buckets" {
  description = "Buckets of the lake module: artifacts holds Spark jobs and DAGs, logs the Spark logs."
  type        = map(object({ name = string, arn = string }))
}

variable "keys" {
  description = "KMS keys of the lake module: data and operations."
  type        = map(object({ id = string, arn = string }))
}

variable "log_groups" {
  description = "Log groups of the observability module: state_machine and emr count here."
  type        = map(object({ name = string, arn = string }))
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps Airflow's log lines."
  type        = number
  default     = 30
}

variable "topics" {
  description = "ARNs of the SNS topics by severity."
  type        = map(string)
}

variable "task_runtime" {
  description = "What runs a step: ecs (Fargate), emr (builds on EMR Serverless, the rest on Fargate), sqs (a worker that takes commands from a queue)."
  type        = string
  default     = "ecs"

  validation {
    condition     = contains(["ecs", "emr", "sqs"], var.task_runtime)
    error_message = "task_runtime is \"${var.task_runtime}\": expected ecs, emr or sqs."
  }

  validation {
    condition     = var.task_runtime != "sqs" || var.worker_queue != null
    error_message = "task_runtime is sqs, but worker_queue is null: pass the queue that the worker reads."
  }

  validation {
    condition     = var.task_runtime != "emr" || var.spark.entry_point != null
    error_message = "task_runtime is emr, but spark.entry_point is null: `lakehouse run` builds with the local engine alone. Name the key, in the artifacts bucket, of a script that runs `dbt build --target spark`, or choose ecs."
  }

  validation {
    condition     = var.task_runtime != "emr" || lookup(var.features, "emr", true)
    error_message = "task_runtime is emr, but the feature emr is off: switch it on, or choose ecs."
  }
}

variable "worker_queue" {
  description = "The worker's queue; null unless task_runtime is sqs."
  type        = object({ url = string, arn = string })
  default     = null
}

variable "sources" {
  description = "Sources that a run loads where its input names none; a run without any fails."
  type        = list(string)

  validation {
    condition     = alltrue([for source in var.sources : can(regex("^[a-z][a-z0-9_]*$", source))])
    error_message = "sources has an entry that is no source's name: expected lower snake case such as fx_rates."
  }
}

variable "loads" {
  description = "Tasks of ingest where a run's input names none: a source each, or a table as source.table; null: every source."
  type        = list(string)
  default     = null

  validation {
    condition     = alltrue([for load in coalesce(var.loads, ["all"]) : can(regex("^[a-z][a-z0-9_]*([.][A-Za-z0-9_]+)?$", load))])
    error_message = "loads has an entry that is neither a source nor source.table: expected such as postgres or snowflake.order_items."
  }
}

variable "parallel_sources" {
  description = "Number of loads (sources, or tables of loads) at the same time."
  type        = number
  default     = 4
}

variable "retry_interval_s" {
  description = "Seconds before the first retry of a step; null: what steps.json says."
  type        = number
  default     = null

  validation {
    condition     = var.retry_interval_s == null || try(var.retry_interval_s >= 1, false)
    error_message = "retry_interval_s is less than 1 second."
  }
}

variable "publish" {
  description = "Publish after the build; false where there is no Snowflake account."
  type        = bool
  default     = true
}

variable "environment" {
  description = "Settings of Spark jobs: LAKEHOUSE_… variables, none of them secret."
  type        = map(string)
  default     = {}
}

variable "spark" {
  description = "With task_runtime = emr, the job of a build: keys of its script and of its packed Python environment in the artifacts bucket, the script's arguments, and the release's Delta jars. The job's end is the gate of publish."
  type = object({
    entry_point = optional(string)
    arguments   = optional(list(string), ["build", "--target", "spark"])
    python      = optional(string, "jobs/environment.tar.gz")
    jars        = optional(list(string), ["/usr/share/aws/delta/lib/delta-spark.jar", "/usr/share/aws/delta/lib/delta-storage.jar"])
  })
  default = {}
}

variable "features" {
  description = "Switches of the composition; schedules, emr and mwaa count here."
  type        = map(bool)
  default     = {}
}

variable "mwaa" {
  description = "Airflow: version, environment class, largest number of workers."
  type = object({
    version     = optional(string, "3.0.6")
    class       = optional(string, "mw1.small")
    max_workers = optional(number, 2)
  })
  default = {}
}
