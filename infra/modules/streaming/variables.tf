variable "name" {
  description = "Prefix of every resource's name: <project>-<environment>."
  type        = string
}

variable "region" {
  description = "Region of the environment, such as us-east-1."
  type        = string
}

variable "network" {
  description = "VPC, private subnets and the security group of tasks."
  type = object({
    vpc_id             = string
    private_subnet_ids = list(string)
    security_group_id  = string
  })
}

variable "roles" {
  description = "Roles of the access module; ingest counts here: it reads the streams."
  type        = map(object({ name = string, arn = string }))
}

variable "kafka" {
  description = "An MSK cluster to read: the brokers' security group and port (9096 SCRAM, 9098 IAM); cluster_arn and topics only where IAM signs in."
  type = object({
    security_group_id = string
    port              = optional(number, 9096)
    cluster_arn       = optional(string)
    topics            = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.kafka == null || try(contains([9096, 9098], var.kafka.port), false)
    error_message = "kafka.port is neither 9096 (SCRAM) nor 9098 (IAM): ports without TLS are refused."
  }

  validation {
    condition     = var.kafka == null || try(var.kafka.port != 9098 || (var.kafka.cluster_arn != null && length(var.kafka.topics) > 0), false)
    error_message = "kafka.port is 9098 (IAM): set kafka.cluster_arn and kafka.topics too."
  }
}

variable "kinesis" {
  description = "Kinesis streams to read, and the keys that encrypt them."
  type = object({
    stream_arns = list(string)
    key_arns    = optional(list(string), [])
  })
  default = null
}
