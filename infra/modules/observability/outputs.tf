output "topics" {
  description = "ARNs of the SNS topics by severity: critical, warning, info."
  value       = { for severity in local.severities : severity => aws_sns_topic.this[severity].arn }
}

output "log_groups" {
  description = "Log groups by what writes to them: task, emr, functions, state_machine, api."
  value       = { for key, group in aws_cloudwatch_log_group.this : key => { name = group.name, arn = group.arn } }
}

output "metric_namespace" {
  description = "CloudWatch namespace of the metrics over the run log."
  value       = local.namespace
}

output "trail_arn" {
  description = "ARN of the trail of data events; null without the feature."
  value       = one(aws_cloudtrail.data[*].arn)
}
