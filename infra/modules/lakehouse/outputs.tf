output "region" {
  description = "Region of the deployment."
  value       = var.region
}

output "environment" {
  description = "Name of the environment."
  value       = var.environment
}

output "data_lake_bucket_name" {
  description = "Bucket of the lake."
  value       = module.lake.buckets.lake.name
}

output "artifacts_bucket_name" {
  description = "Bucket of Spark jobs, their Python environment, and DAGs."
  value       = module.lake.buckets.artifacts.name
}

output "stage_bucket_name" {
  description = "Bucket that Snowflake reads."
  value       = module.lake.buckets.stage.name
}

output "vendor_drop_bucket_name" {
  description = "Bucket where vendors put files."
  value       = module.lake.buckets.vendor_drop.name
}

output "emr_serverless_application_id" {
  description = "Id of the EMR Serverless application; null without the feature."
  value       = module.compute.emr_application_id
}

output "emr_serverless_job_role_arn" {
  description = "Role of EMR Serverless jobs."
  value       = module.access.roles.emr.arn
}

output "emr_serverless_log_group_name" {
  description = "Log group of EMR Serverless jobs."
  value       = module.observability.log_groups.emr.name
}

output "glue_database_bronze" {
  description = "Glue database of bronze."
  value       = module.catalog.databases.bronze
}

output "glue_database_silver" {
  description = "Glue database of silver."
  value       = module.catalog.databases.silver
}

output "glue_database_gold" {
  description = "Glue database of gold."
  value       = module.catalog.databases.gold
}

output "lakehouse_prefix" {
  description = "LAKEHOUSE_PREFIX: prefix of the databases' names."
  value       = module.catalog.prefix
}

output "athena_work_group" {
  description = "Athena work group."
  value       = module.catalog.work_group.name
}

output "kms_key_id" {
  description = "Id of the KMS key of lake, state and secrets."
  value       = module.lake.keys.data.id
}

output "lease_table_name" {
  description = "DynamoDB table of leases."
  value       = module.state.tables.leases.name
}

output "state_table_name" {
  description = "DynamoDB table of watermarks and run status."
  value       = module.state.tables.state.name
}

output "state_machine_arn" {
  description = "State machine of runs."
  value       = module.orchestration.state_machine_arn
}

output "airflow" {
  description = "Where tasks of the DAGs run: environment.json beside them; see docs/operate/airflow.md."
  value       = module.orchestration.airflow
}

output "arrivals_queue_url" {
  description = "Queue of arrivals in the vendor drop."
  value       = module.events.queue.url
}

output "worker_queue_url" {
  description = "Queue of commands; null unless task_runtime is sqs."
  value       = try(module.events.worker_queue.url, null)
}

output "ecs_cluster_arn" {
  description = "ECS cluster."
  value       = module.compute.cluster.arn
}

output "task_definition_arn" {
  description = "Task definition of ingest, with its revision."
  value       = module.compute.task_definitions.ingest.arn
}

output "task_definition_arns" {
  description = "Task definitions by step, with their revisions."
  value       = { for step, definition in module.compute.task_definitions : step => definition.arn }
}

output "zone_names" {
  description = "Zones of the private subnets."
  value       = module.network.zone_names
}

output "private_subnet_ids" {
  description = "Private subnets of tasks."
  value       = module.network.private_subnet_ids
}

output "security_group_id" {
  description = "Security group of tasks."
  value       = module.network.security_group_id
}

output "ecr_repository_url" {
  description = "Repository of the image."
  value       = module.compute.repository_url
}

output "api_endpoint" {
  description = "Address of the API; null without the feature."
  value       = one(module.api[*].endpoint)
}

output "cdc_bucket_url" {
  description = "SOURCES__CDC__BUCKET_URL: where DMS writes change files; null without the feature."
  value       = one(module.cdc[*].bucket_url)
}

output "role_arns" {
  description = "Roles by the service that assumes them, for Snowflake, Redshift, CI and readers."
  value       = { for key, role in module.access.roles : key => role.arn }
}
