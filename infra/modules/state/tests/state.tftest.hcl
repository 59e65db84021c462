mock_provider "aws" {}

variables {
  name = "lakehouse-test"
  keys = {
    data       = { id = "1", arn = "arn:aws:kms:eu-central-1:123456789012:key/1" }
    operations = { id = "2", arn = "arn:aws:kms:eu-central-1:123456789012:key/2" }
  }
}

run "tables_are_encrypted_and_restore_to_any_second" {
  command = plan

  assert {
    condition     = alltrue([for table in aws_dynamodb_table.this : table.point_in_time_recovery[0].enabled && table.server_side_encryption[0].kms_key_arn == var.keys.data.arn])
    error_message = "each table has point-in-time recovery and the data key"
  }

  assert {
    condition     = aws_dynamodb_table.this["leases"].hash_key == "address" && aws_dynamodb_table.this["leases"].range_key == null
    error_message = "a lease is one item at the address of its table"
  }

  assert {
    condition     = "${aws_dynamodb_table.this["state"].hash_key} ${aws_dynamodb_table.this["state"].range_key}" == "item at"
    error_message = "state is a history of each item"
  }

  assert {
    condition     = one(aws_dynamodb_table.this["state"].ttl).attribute_name == "expires_at" && one(aws_dynamodb_table.this["state"].ttl).enabled
    error_message = "items of runs expire"
  }
}
