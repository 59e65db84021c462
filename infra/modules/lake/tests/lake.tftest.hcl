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
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mock" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mock" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-1111-1111-1111-111111111111" }
  }
}

mock_provider "aws" {
  alias = "replica"

  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mock-replica" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/22222222-2222-2222-2222-222222222222" }
  }
}

variables {
  name         = "lakehouse-test"
  region       = "eu-central-1"
  boundary_arn = "arn:aws:iam::123456789012:policy/lakehouse-test-boundary"
}

run "buckets_are_private_versioned_and_encrypted_with_customer_keys" {
  command = apply

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  assert {
    condition     = toset(keys(output.buckets)) == toset(["lake", "artifacts", "logs", "vendor_drop", "stage"])
    error_message = "the five buckets are what other modules expect; backups comes with replication, which writes it"
  }

  assert {
    condition     = length(aws_s3_bucket_versioning.this) == 5 && alltrue([for one in aws_s3_bucket_versioning.this : one.versioning_configuration[0].status == "Enabled"])
    error_message = "every bucket is versioned"
  }

  assert {
    condition     = [for role, one in aws_s3_bucket_server_side_encryption_configuration.this : role if tolist(tolist(one.rule)[0].apply_server_side_encryption_by_default)[0].sse_algorithm != "aws:kms"] == []
    error_message = "every bucket is encrypted with a customer's key"
  }

  assert {
    condition     = length(aws_s3_bucket_public_access_block.this) == 5 && alltrue([for one in aws_s3_bucket_public_access_block.this : one.block_public_policy && one.restrict_public_buckets && one.block_public_acls && one.ignore_public_acls])
    error_message = "every bucket blocks public access"
  }

  assert {
    condition     = aws_s3_bucket_notification.vendor_drop.eventbridge
    error_message = "arrivals in the vendor drop reach EventBridge"
  }

  assert {
    condition     = length(aws_s3_bucket_replication_configuration.this) == 0
    error_message = "replication is off by default"
  }
}

run "plain_http_is_refused" {
  command = apply

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  assert {
    condition = length(aws_s3_bucket_policy.this) == 5 && alltrue([for document in data.aws_iam_policy_document.bucket :
      anytrue([for statement in document.statement : statement.effect == "Deny" && anytrue([for condition in statement.condition : condition.variable == "aws:SecureTransport"])])
    ])
    error_message = "the policy of every bucket refuses requests without TLS"
  }
}

run "keys_rotate_and_their_policies_name_actions" {
  command = apply

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  assert {
    condition     = alltrue([for key in aws_kms_key.this : key.enable_key_rotation])
    error_message = "every key rotates"
  }

  assert {
    condition     = alltrue(flatten([for document in data.aws_iam_policy_document.key : [for statement in document.statement : [for action in statement.actions : !strcontains(action, "*")]]]))
    error_message = "key policies name actions, never wildcards"
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.key["operations"].statement : statement.sid => length(statement.condition) if contains(["Rules", "ExecutionLogs", "AlarmsAndBudgets", "FlowLogs"], statement.sid) } == {
      Rules = 0, ExecutionLogs = 0, AlarmsAndBudgets = 1, FlowLogs = 1
    }
    error_message = "EventBridge and the delivery of execution logs name no source to KMS: a condition on it never matches"
  }

  assert {
    condition     = length(distinct([for key in output.keys : key.id])) == 3 && local.key_of.vendor_drop == "vendor_drop"
    error_message = "what vendors sent has a key of its own"
  }
}

run "nothing_under_the_lake_is_archived" {
  command = apply

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  assert {
    condition     = flatten([for rule in aws_s3_bucket_lifecycle_configuration.this["lake"].rule : [for transition in rule.transition : transition.storage_class]]) == ["INTELLIGENT_TIERING"]
    error_message = "Athena and Delta readers fail on archived objects"
  }

  assert {
    condition = { for role in ["logs", "vendor_drop"] :
      role => one(flatten([for rule in aws_s3_bucket_lifecycle_configuration.this[role].rule : [for transition in rule.transition : "${transition.storage_class} ${transition.days}"]]))
    } == { logs = "GLACIER 90", vendor_drop = "GLACIER_IR 90" }
    error_message = "logs and originals go to Glacier after 90 days; a reload reads originals without a restore"
  }
}

run "replication_copies_the_lake_to_its_backups" {
  command = apply

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  variables {
    replication = true
  }

  assert {
    condition     = aws_s3_bucket_replication_configuration.this["backups"].bucket == aws_s3_bucket.this["lake"].id && aws_iam_role.replication["backups"].permissions_boundary == var.boundary_arn
    error_message = "the lake is copied by a role below the boundary"
  }

  assert {
    condition     = contains(keys(output.buckets), "backups") && length(data.aws_iam_policy_document.key["backups"].statement) == 1
    error_message = "the copy is a bucket under a key that no service uses"
  }
}

run "access_logs_have_a_bucket_of_their_own" {
  command = apply

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  variables {
    access_logs = true
  }

  assert {
    condition     = length(aws_s3_bucket_logging.this) == 5 && !contains(keys(aws_s3_bucket_logging.this), "access_logs")
    error_message = "each bucket but the one that receives them is logged"
  }

  assert {
    condition     = [for role, one in aws_s3_bucket_server_side_encryption_configuration.this : role if tolist(tolist(one.rule)[0].apply_server_side_encryption_by_default)[0].sse_algorithm != "aws:kms"] == ["access_logs"]
    error_message = "only the bucket of access logs is encrypted with S3's keys"
  }
}

run "an_emulator_without_tls_is_reachable" {
  command = apply

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  variables {
    require_tls = false
  }

  assert {
    condition     = keys(aws_s3_bucket_policy.this) == ["logs"]
    error_message = "without require_tls only the logs bucket has a policy"
  }
}
