output "buckets" {
  description = "Buckets by role: lake, artifacts, logs, vendor_drop, stage; with replication backups, the lake's copy in the other region."
  value = merge(
    { for role in local.roles : role => { name = aws_s3_bucket.this[role].id, arn = aws_s3_bucket.this[role].arn } },
    { for role, bucket in aws_s3_bucket.backups : role => { name = bucket.id, arn = bucket.arn } },
  )

  # CloudTrail and flow logs are refused while the policy of the logs bucket is missing
  depends_on = [aws_s3_bucket_policy.this]
}

output "keys" {
  description = "KMS keys by role: data (lake, state, secrets), operations (logs, queues, topics) and vendor_drop (what vendors sent)."
  value       = { for key, value in aws_kms_key.this : key => { id = value.key_id, arn = value.arn } }
}
