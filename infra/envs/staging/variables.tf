variable "project" {
  description = "Name of the project: the first half of every name."
  type        = string
  default     = "lakehouse"
}

variable "environment" {
  description = "Name of the environment: the second half of every name."
  type        = string
  default     = "staging"
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "us-east-1"
}

variable "replica_region" {
  description = "Region of replicas, used with the feature replication."
  type        = string
  default     = "us-west-2"
}

variable "features" {
  description = "Features to switch on or off; the others keep their default, see infra/modules/lakehouse/features.tf."
  type        = map(bool)
  default     = {}
}

variable "image" {
  description = "URI of the container image; null: this environment's repository at image_tag, without functions until the image is pushed and named here."
  type        = string
  default     = null
}

variable "image_tag" {
  description = "Tag of the image; latest is refused."
  type        = string
}

variable "task_runtime" {
  description = "What runs a step: ecs, emr or sqs."
  type        = string
  default     = "ecs"
}
