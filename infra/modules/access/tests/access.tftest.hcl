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
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/lakehouse-test-boundary" }
  }
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
}

variables {
  name   = "lakehouse-test"
  region = "eu-central-1"
  buckets = {
    for role in ["lake", "artifacts", "logs", "backups", "vendor_drop", "stage"] :
    role => { name = "lakehouse-test-${role}", arn = "arn:aws:s3:::lakehouse-test-${role}" }
  }
  keys = {
    data        = { id = "1", arn = "arn:aws:kms:eu-central-1:123456789012:key/1" }
    operations  = { id = "2", arn = "arn:aws:kms:eu-central-1:123456789012:key/2" }
    vendor_drop = { id = "3", arn = "arn:aws:kms:eu-central-1:123456789012:key/3" }
  }
  tables = {
    leases = { name = "lakehouse-test-leases", arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/lakehouse-test-leases" }
    state  = { name = "lakehouse-test-state", arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/lakehouse-test-state" }
  }
  catalog = {
    databases  = { bronze = "lakehouse_test_bronze", silver = "lakehouse_test_silver", gold = "lakehouse_test_gold" }
    prefix     = "lakehouse_test_"
    work_group = { name = "lakehouse-test", arn = "arn:aws:athena:eu-central-1:123456789012:workgroup/lakehouse-test" }
  }
  secrets = {
    postgres          = { name = "dlt/sources/postgres", arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:dlt/sources/postgres-AbCdEf" }
    snowflake_publish = { name = "lakehouse-test/snowflake", arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:lakehouse-test/snowflake-AbCdEf" }
  }
  names = {
    cluster            = "lakehouse-test"
    task_families      = { ingest = "lakehouse-test-ingest", build = "lakehouse-test-build", publish = "lakehouse-test-publish" }
    repository         = "lakehouse-test"
    state_machine      = "lakehouse-test-run"
    mwaa_environment   = "lakehouse-test-airflow"
    schedule_group     = "lakehouse-test"
    log_archive        = "lakehouse-test-log-archive"
    emr_application_id = "00f1"
    functions          = { arrivals = "lakehouse-test-arrivals", fx = "lakehouse-test-fx" }
    queues = {
      arrivals              = "lakehouse-test-arrivals"
      worker                = "lakehouse-test-worker"
      functions_dead_letter = "lakehouse-test-functions-dead-letter"
      schedules_dead_letter = "lakehouse-test-schedules-dead-letter"
    }
    topics = { critical = "lakehouse-test-critical", warning = "lakehouse-test-warning", info = "lakehouse-test-info" }
  }
}

run "roles_of_features_that_are_off_are_missing" {
  command = apply

  assert {
    condition = toset(keys(output.roles)) == toset([
      "ingest", "build", "publish", "worker", "execution", "publish_execution",
      "emr", "function", "state_machine", "scheduler", "log_subscription", "log_delivery",
    ])
    error_message = "expected the twelve roles that every deployment with a worker has, found ${join(", ", keys(output.roles))}"
  }
}

run "every_role_is_below_the_boundary" {
  command = apply

  variables {
    features = { mwaa = true, api = true, cdc = true, athena = true }
    externals = {
      snowflake                 = { external_id = "lakehouse-test-1" }
      redshift_cluster_role_arn = "arn:aws:iam::123456789012:role/cluster"
      ci                        = { repository = "example/lakehouse" }
      reader_account_ids        = ["210987654321"]
      vendors                   = { acme = { principals = ["210987654321"], external_id = "acme-1" } }
    }
  }

  assert {
    condition     = length(aws_iam_role.this) == 20 && alltrue([for role in aws_iam_role.this : role.permissions_boundary == aws_iam_policy.boundary.arn])
    error_message = "each of the 20 roles has the permissions boundary"
  }

  assert {
    condition = length(setsubtract(
      flatten([for document in [
        data.aws_iam_policy_document.lake["build"], data.aws_iam_policy_document.lake["load"], data.aws_iam_policy_document.lake["publish"],
        data.aws_iam_policy_document.lake["worker"], data.aws_iam_policy_document.load, data.aws_iam_policy_document.sources,
        data.aws_iam_policy_document.athena, data.aws_iam_policy_document.stage, data.aws_iam_policy_document.worker, data.aws_iam_policy_document.vendor["acme"],
        data.aws_iam_policy_document.execution, data.aws_iam_policy_document.publish_execution, data.aws_iam_policy_document.emr, data.aws_iam_policy_document.function,
        data.aws_iam_policy_document.start_task, data.aws_iam_policy_document.log_subscription, data.aws_iam_policy_document.log_delivery,
        data.aws_iam_policy_document.start, data.aws_iam_policy_document.state_machine, data.aws_iam_policy_document.scheduler,
        data.aws_iam_policy_document.mwaa, data.aws_iam_policy_document.api, data.aws_iam_policy_document.dms,
        data.aws_iam_policy_document.snowflake, data.aws_iam_policy_document.redshift_unload, data.aws_iam_policy_document.ci,
        data.aws_iam_policy_document.reader,
      ] : [for statement in document.statement : statement.actions]]),
      data.aws_iam_policy_document.boundary.statement[0].actions,
    )) == 0
    error_message = "a policy allows an action that the boundary refuses: add it to both or to neither"
  }

  assert {
    condition     = alltrue([for action in data.aws_iam_policy_document.boundary.statement[0].actions : !strcontains(action, "*")])
    error_message = "the boundary names actions, never wildcards"
  }

  assert {
    condition = alltrue(flatten([for document in data.aws_iam_policy_document.service_trust : [
      for statement in document.statement : anytrue([for condition in statement.condition : condition.variable == "aws:SourceAccount" && contains(condition.values, "123456789012")])
      if statement.sid == "Service"
    ]]))
    error_message = "each trust of a service is limited to this account"
  }

  assert {
    condition = toset(flatten([for document in data.aws_iam_policy_document.service_trust : [
      for statement in document.statement : [for principal in statement.principals : principal.identifiers]
      if length(statement.condition) == 0
    ]])) == toset(["apigateway.amazonaws.com", "dms.eu-central-1.amazonaws.com"])
    error_message = "only services that name no account when they assume a role are trusted without a condition"
  }

  assert {
    condition     = contains(data.aws_iam_policy_document.ci_trust["ci"].statement[0].condition[*].variable, "token.actions.githubusercontent.com:sub")
    error_message = "CI's trust is limited by the subject of the token"
  }

  assert {
    condition = alltrue(flatten([for statement in data.aws_iam_policy_document.lake["load"].statement : [
      for resource in statement.resources : !strcontains(resource, "gold") && resource != "${var.buckets.lake.arn}/*"
    ]]))
    error_message = "a function writes bronze alone"
  }

  # the first of Snowflake's two steps
  assert {
    condition     = one(one(data.aws_iam_policy_document.external_trust["snowflake"].statement[0].principals).identifiers) == "arn:aws:iam::123456789012:root"
    error_message = "until Snowflake names its user, the own account is trusted"
  }
}

run "snowflake_needs_its_external_id" {
  command = plan

  variables {
    externals = { snowflake = { account_arn = "arn:aws:iam::123456789012:user/snowflake" } }
  }

  expect_failures = [var.externals]
}

run "a_step_has_what_it_needs_and_no_more" {
  command = apply

  assert {
    condition = !contains(
      flatten([for document in [data.aws_iam_policy_document.lake["build"], data.aws_iam_policy_document.lake["publish"], data.aws_iam_policy_document.athena, data.aws_iam_policy_document.stage] : document.statement[*].actions[*]]),
      "secretsmanager:GetSecretValue",
    )
    error_message = "build and publish read no secret themselves"
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.sources.statement : !contains(statement.resources, var.secrets.snowflake_publish.arn)])
    error_message = "ingest reads the secrets of sources, not that of publish"
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.execution.statement : !contains(statement.actions, "secretsmanager:GetSecretValue")])
    error_message = "ingest and build start without a secret"
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.lake["publish"].statement : !contains(statement.actions, "s3:PutObject")])
    error_message = "publish reads the lake and never writes it"
  }

  assert {
    condition = alltrue(flatten([for statement in data.aws_iam_policy_document.lake["build"].statement : [
      for resource in statement.resources : resource != "${var.buckets.lake.arn}/lake/lakehouse_test_bronze/*"
    ] if contains(statement.actions, "s3:PutObject")]))
    error_message = "build never writes bronze"
  }

  assert {
    condition     = contains(data.aws_iam_policy_document.boundary.statement[0].actions, "glue:GetUserDefinedFunctions")
    error_message = "Spark looks functions up in the catalog"
  }
}

run "a_vendor_only_writes_below_its_prefix" {
  command = apply

  variables {
    externals = { vendors = { acme = { principals = ["210987654321"], external_id = "acme-1", prefix = "orders" } } }
  }

  assert {
    condition     = data.aws_iam_policy_document.vendor["acme"].statement[0].resources == toset(["${var.buckets.vendor_drop.arn}/orders/*"])
    error_message = "found ${join(", ", data.aws_iam_policy_document.vendor["acme"].statement[0].resources)}"
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.vendor["acme"].statement : !contains(statement.actions, "s3:GetObject") && !contains(statement.resources, var.keys.data.arn)])
    error_message = "a vendor reads nothing and has no part in the lake's key"
  }

  assert {
    condition     = contains(one(data.aws_iam_policy_document.external_trust["vendor_acme"].statement[0].condition).values, "acme-1")
    error_message = "a vendor names its external id"
  }
}

run "a_vendor_without_a_principal_is_refused" {
  command = plan

  variables {
    externals = { vendors = { acme = { principals = ["*"], external_id = "acme-1" } } }
  }

  expect_failures = [var.externals]
}

run "a_redshift_role_that_is_none_is_refused" {
  command = plan

  variables {
    externals = { redshift_cluster_role_arn = "redshift-cluster" }
  }

  expect_failures = [var.externals]
}
