output "bucket" {
  description = "Bucket of the states."
  value       = aws_s3_bucket.state.id
}

output "lock_table" {
  description = "Table of locks; null without lock_table."
  value       = one(aws_dynamodb_table.locks[*].name)
}

output "init" {
  description = "Command that initializes an environment with this backend."
  value = join(" ", concat(
    ["terraform", "-chdir=infra/envs/dev", "init", "-backend-config=bucket=${aws_s3_bucket.state.id}", "-backend-config=region=${var.region}"],
    ["-backend-config=kms_key_id=${aws_kms_key.state.arn}"],
    var.lock_table ? ["-backend-config=dynamodb_table=${aws_dynamodb_table.locks[0].name}"] : [],
  ))
}
