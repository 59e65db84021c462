output "roles" {
  description = "Roles by the service that assumes them; a role of a feature that is off is missing."
  value       = { for key, role in aws_iam_role.this : key => { name = role.name, arn = role.arn } }

  # a state machine or an event source mapping is refused while its role lacks permissions
  depends_on = [aws_iam_role_policy.this]
}

output "boundary_arn" {
  description = "ARN of the permissions boundary of every role."
  value       = aws_iam_policy.boundary.arn
}
