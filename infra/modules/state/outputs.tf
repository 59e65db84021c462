output "tables" {
  description = "DynamoDB tables by role: leases, state."
  value       = { for role, table in aws_dynamodb_table.this : role => { name = table.name, arn = table.arn } }
}
