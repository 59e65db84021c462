output "databases" {
  description = "Names of the Glue databases by layer: bronze, silver, gold, seeds, snapshots, audit."
  value       = { for layer, database in aws_glue_catalog_database.this : layer => database.name }
}

output "prefix" {
  description = "Prefix of the databases' names: LAKEHOUSE_PREFIX."
  value       = local.prefix
}

output "work_group" {
  description = "Athena work group."
  value       = { name = aws_athena_workgroup.this.name, arn = aws_athena_workgroup.this.arn }
}
