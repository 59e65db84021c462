variable "name" {
  description = "Prefix of every name: <project>-<environment>."
  type        = string
}

variable "region" {
  description = "Region of the deployment."
  type        = string
}

variable "cidr" {
  description = "Addresses of the VPC; each zone's subnet takes a sixteenth."
  type        = string
  default     = "10.20.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 20, false)
    error_message = "The VPC's addresses (vpc_cidr of the environment) are \"${var.cidr}\": expected a block between /16 and /20, such as 10.20.0.0/16."
  }
}

variable "zones" {
  description = "Zones that have a private subnet; endpoints cost by zone."
  type        = number
  default     = 3

  validation {
    condition     = var.zones >= 1 && var.zones <= 6
    error_message = "zones is not between 1 and 6."
  }
}

variable "zone_names" {
  description = "Names of zones that may get a subnet; the first `zones` of them do. Empty: those that have every endpoint service, sorted. Set it to what the output zone_names shows before you switch on a feature that brings an endpoint: else another zone may be the first, and its subnet is replaced."
  type        = list(string)
  default     = []
}

variable "nat" {
  description = "Reach the internet through one NAT gateway: needed by sources and Snowflake accounts without PrivateLink."
  type        = bool
  default     = false
}

variable "services" {
  description = "Interface endpoints beyond those that every deployment has: athena, kms, sts, ecs, emr-serverless, sns, sqs, states, monitoring, airflow.api, airflow.env."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.services, ["athena", "kms", "sts", "ecs", "emr-serverless", "sns", "sqs", "states", "monitoring", "airflow.api", "airflow.env"])) == 0
    error_message = "services holds an endpoint without a policy: expected athena, kms, sts, ecs, emr-serverless, sns, sqs, states, monitoring, airflow.api or airflow.env."
  }
}

variable "emr" {
  description = "Let Spark's workers read EMR's own buckets through the endpoint of S3."
  type        = bool
  default     = false
}

variable "source_egress" {
  description = "Addresses and ports of sources that answer on another port than 443, such as PostgreSQL in a peered VPC."
  type        = map(object({ cidr = string, port = number }))
  default     = {}

  validation {
    condition     = alltrue([for egress in values(var.source_egress) : can(cidrnetmask(egress.cidr)) && egress.cidr != "0.0.0.0/0"])
    error_message = "source_egress has a cidr that is no block of addresses, or that is every address: expected such as 10.8.0.0/24."
  }
}

variable "self_traffic" {
  description = "Let members of the security group of tasks reach each other: MWAA needs it."
  type        = bool
  default     = false
}

variable "flow_logs" {
  description = "Deliver flow logs to flow_logs_bucket_arn."
  type        = bool
  default     = false
}

variable "flow_logs_bucket_arn" {
  description = "Bucket of flow logs; they lie under flow-logs/."
  type        = string
  default     = null
}
