output "cluster" {
  description = "The ECS cluster."
  value       = { name = aws_ecs_cluster.this.name, arn = aws_ecs_cluster.this.arn }
}

output "capacity_provider" {
  description = "Capacity provider of tasks: FARGATE or FARGATE_SPOT."
  value       = local.capacity
}

output "task_definition_arn" {
  description = "ARN of the task definition, with its revision."
  value       = aws_ecs_task_definition.this.arn
}

output "task_family" {
  description = "Family of the task definition."
  value       = aws_ecs_task_definition.this.family
}

output "container_name" {
  description = "Name of the task's container."
  value       = local.container
}

output "repository_url" {
  description = "URL of the ECR repository of the image."
  value       = aws_ecr_repository.this.repository_url
}

output "emr_application_id" {
  description = "Id of the EMR Serverless application; null without the feature."
  value       = one(aws_emrserverless_application.this[*].id)
}

output "functions" {
  description = "Lambda functions by role; empty where image is null."
  value       = { for key, function in aws_lambda_function.this : key => { name = function.function_name, arn = function.arn } }
}

output "function_timeout_s" {
  description = "Timeout of each function, in seconds: a queue's visibility depends on it."
  value       = { for key, function in var.functions : key => function.timeout_s }
}

output "dead_letter_queues" {
  description = "Names of the dead-letter queues of this module."
  value       = { functions_dead_letter = aws_sqs_queue.functions_dead_letter.name }
}
