output "secrets" {
  description = "Secrets by source, and snowflake_publish."
  value       = { for key, secret in aws_secretsmanager_secret.this : key => { name = secret.name, arn = secret.arn } }
}
