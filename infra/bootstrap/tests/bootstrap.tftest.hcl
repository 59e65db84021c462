mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

run "the_state_is_versioned_encrypted_and_private" {
  command = plan

  assert {
    condition     = aws_s3_bucket.state.bucket == "lakehouse-terraform-state-123456789012" && aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "a damaged state has older versions"
  }

  assert {
    condition     = aws_kms_key.state.enable_key_rotation && aws_s3_bucket_public_access_block.state.restrict_public_buckets
    error_message = "the state's key rotates and its bucket is private"
  }

  assert {
    condition     = length(aws_dynamodb_table.locks) == 0
    error_message = "a lock file in the bucket locks"
  }
}

run "a_lock_table_is_made_where_asked" {
  command = plan

  variables {
    lock_table = true
  }

  assert {
    condition     = aws_dynamodb_table.locks[0].hash_key == "LockID"
    error_message = "Terraform locks by the key LockID"
  }
}

run "service_linked_roles_are_made_where_the_account_lacks_them" {
  command = plan

  variables {
    service_linked_roles = ["ecs.amazonaws.com"]
  }

  assert {
    condition     = keys(aws_iam_service_linked_role.this) == ["ecs.amazonaws.com"]
    error_message = "found ${join(", ", keys(aws_iam_service_linked_role.this))}"
  }
}
