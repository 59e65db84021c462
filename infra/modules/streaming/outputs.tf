output "policies" {
  description = "Names of the policies that the role ingest gets, by stream: kafka, kinesis."
  value = merge(
    { for policy in aws_iam_role_policy.kafka : "kafka" => policy.name },
    { for policy in aws_iam_role_policy.kinesis : "kinesis" => policy.name },
  )
}

output "kinesis_endpoint_id" {
  description = "Id of Kinesis' endpoint; null without Kinesis."
  value       = one(aws_vpc_endpoint.kinesis[*].id)
}
