output "state_machine_arn" {
  description = "ARN of the state machine that runs the lake."
  value       = aws_sfn_state_machine.this.arn
}

output "definition" {
  description = "The state machine's definition, in Amazon States Language."
  value       = local.definition
}

output "schedule_names" {
  description = "Names of the schedules; empty without the feature."
  value       = [for schedule in aws_scheduler_schedule.this : schedule.name]
}

output "schedule_group" {
  description = "Name of the schedule group; null without the feature."
  value       = one(aws_scheduler_schedule_group.this[*].name)
}

output "mwaa_name" {
  description = "Name of the Airflow environment; null without the feature."
  value       = one(aws_mwaa_environment.this[*].name)
}

output "dead_letter_queues" {
  description = "Names of the dead-letter queues of this module."
  value       = { schedules_dead_letter = aws_sqs_queue.schedules_dead_letter.name }
}

output "airflow" {
  description = "Where tasks of the DAGs run: environment.json beside them."
  value       = local.airflow
}
