output "region" {
  description = "Region of the deployment."
  value       = module.lakehouse.region
}

output "environment" {
  description = "Name of the environment."
  value       = module.lakehouse.environment
}

output "data_lake_bucket_name" {
  description = "Bucket of the lake."
  value       = module.lakehouse.data_lake_bucket_name
}

output "artifacts_bucket_name" {
  description = "Bucket of Spark jobs, their Python environment, and DAGs."
  value       = module.lakehouse.artifacts_bucket_name
}

output "stage_bucket_name" {
  description = "Bucket that Snowflake reads."
  value       = module.lakehouse.stage_bucket_name
}

output "vendor_drop_bucket_name" {
  description = "Bucket where vendors put files."
  value       = module.lakehouse.vendor_drop_bucket_name
}

output "emr_serverless_application_id" {
  description = "Id of the EMR Serverless application; null without the feature."
  value       = module.lakehouse.emr_serverless_application_id
}

output "emr_serverless_job_role_arn" {
  description = "Role of EMR Serverless jobs."
  value       = module.lakehouse.emr_serverless_job_role_arn
}

output "emr_serverless_log_group_name" {
  description = "Log group of EMR Serverless jobs."
  value       = module.lakehouse.emr_serverless_log_group_name
}

output "glue_database_bronze" {
  description = "Glue database of bronze."
  value       = module.lakehouse.glue_database_bronze
}

output "glue_database_silver" {
  description = "Glue database of silver."
  value       = module.lakehouse.glue_database_silver
}

output "glue_database_gold" {
  description = "Glue database of gold."
  value       = module.lakehouse.glue_database_gold
}

output "lakehouse_prefix" {
  description = "LAKEHOUSE_PREFIX: prefix of the databases' names."
  value       = module.lakehouse.lakehouse_prefix
}

output "athena_work_group" {
  description = "Athena work group."
  value       = module.lakehouse.athena_work_group
}

output "kms_key_id" {
  description = "Id of the KMS key of lake, state and secrets."
  value       = module.lakehouse.kms_key_id
}

output "lease_table_name" {
  description = "DynamoDB table of leases."
  value       = module.lakehouse.lease_table_name
}

output "state_table_name" {
  description = "DynamoDB table of watermarks and run status."
  value       = module.lakehouse.state_table_name
}

output "state_machine_arn" {
  description = "State machine of runs."
  value       = module.lakehouse.state_machine_arn
}

output "airflow" {
  description = "Where tasks of the DAGs run: environment.json beside them; see docs/operate/airflow.md."
  value       = module.lakehouse.airflow
}

output "arrivals_queue_url" {
  description = "Queue of arrivals in the vendor drop."
  value       = module.lakehouse.arrivals_queue_url
}

output "worker_queue_url" {
  description = "Queue of commands; null unless task_runtime is sqs."
  value       = module.lakehouse.worker_queue_url
}

output "ecs_cluster_arn" {
  description = "ECS cluster."
  value       = module.lakehouse.ecs_cluster_arn
}

output "task_definition_arn" {
  description = "Task definition of ingest, with its revision."
  value       = module.lakehouse.task_definition_arn
}

output "task_definition_arns" {
  description = "Task definitions by step, with their revisions."
  value       = module.lakehouse.task_definition_arns
}

output "zone_names" {
  description = "Zones of the private subnets; the value for zone_names, to keep them."
  value       = module.lakehouse.zone_names
}

output "private_subnet_ids" {
  description = "Private subnets of tasks."
  value       = module.lakehouse.private_subnet_ids
}

output "security_group_id" {
  description = "Security group of tasks."
  value       = module.lakehouse.security_group_id
}

output "ecr_repository_url" {
  description = "Repository of the image."
  value       = module.lakehouse.ecr_repository_url
}

output "api_endpoint" {
  description = "Address of the API; null without the feature."
  value       = module.lakehouse.api_endpoint
}

output "cdc_bucket_url" {
  description = "SOURCES__CDC__BUCKET_URL: where DMS writes change files; null without the feature."
  value       = module.lakehouse.cdc_bucket_url
}

output "role_arns" {
  description = "Roles by the service that assumes them, for Snowflake, Redshift, CI and readers."
  value       = module.lakehouse.role_arns
}
