variable "name" {
  description = "Prefix of every resource's name: <project>-<environment>."
  type        = string
}

variable "environment_name" {
  description = "Name of the environment, such as dev: the DAGs' parameter environment."
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
  description = "Log groups of the observability module: state_machine, task and emr count here."
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
  description = "With task_runtime = emr, the job of a build: folder of its files in the artifacts bucket (`lakehouse submit build --upload-only` writes jobs/current, a release is releases/<version>), the script's arguments, and settings of Spark that replace or join those of spark.json. The job's end is the gate of publish."
  type = object({
    folder    = optional(string, "jobs/current")
    arguments = optional(list(string), [])
    settings  = optional(map(string), {})
  })
  default = {}

  validation {
    condition     = length([for value in values(var.spark.settings) : value if can(regex("\\s", value))]) == 0
    error_message = "spark.settings has a value with a space: EMR Serverless cuts the parameters there."
  }
}

variable "features" {
  description = "Switches of the composition; schedules, emr and mwaa count here."
  type        = map(bool)
  default     = {}
}

variable "mwaa" {
  description = "Airflow: version, environment class, largest number of workers; key of requirements.txt in the artifacts bucket, such as airflow/requirements.txt, and the version of that object: a new one is taken up when it is named here. null: MWAA's own packages, which are enough."
  type = object({
    version                        = optional(string, "3.3.1")
    class                          = optional(string, "mw1.small")
    max_workers                    = optional(number, 2)
    requirements_s3_path           = optional(string)
    requirements_s3_object_version = optional(string)
  })
  default = {}

  validation {
    condition     = can(regex("^3[.][0-9]+[.][0-9]+$", coalesce(var.mwaa.version, "3.3.1")))
    error_message = "mwaa.version is \"${var.mwaa.version}\": the DAGs are for Airflow 3, such as 3.3.1."
  }
}
