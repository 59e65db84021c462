output "bucket_url" {
  description = "Setting SOURCES__CDC__BUCKET_URL of the cdc source."
  value       = "s3://${var.bucket.name}/${var.folder}"
}

output "replication_arn" {
  description = "ARN of the replication task or of the serverless replication."
  value       = one(concat(aws_dms_replication_task.this[*].replication_task_arn, aws_dms_replication_config.this[*].arn))
}
