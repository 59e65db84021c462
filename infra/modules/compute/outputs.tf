output "cluster" {
  description = "The ECS cluster."
  value       = { name = aws_ecs_cluster.this.name, arn = aws_ecs_cluster.this.arn }
}

output "task_definitions" {
  description = "Task definitions by step: ARN with its revision, family, and the capacity provider to run it on."
  value = { for step, definition in aws_ecs_task_definition.this : step => {
    arn               = definition.arn
    family            = definition.family
    capacity_provider = local.tasks[step].capacity
  } }

  # a task on FARGATE_SPOT is refused before the cluster knows the provider
  depends_on = [aws_ecs_cluster_capacity_providers.this]
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
