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
  mock_resource "aws_ecr_repository" {
    defaults = { repository_url = "123456789012.dkr.ecr.us-east-1.amazonaws.com/lakehouse-test-image" }
  }
  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:us-east-1:123456789012:cluster/lakehouse-test-cluster" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/mock:1" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-east-1:123456789012:mock" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:us-east-1:123456789012:function:mock" }
  }
}

variables {
  name    = "lakehouse-test"
  region  = "us-east-1"
  network = { private_subnet_ids = ["subnet-1", "subnet-2"], security_group_id = "sg-1" }
  roles = {
    for role in ["ingest", "build", "publish", "execution", "publish_execution", "function"] :
    role => { name = role, arn = "arn:aws:iam::123456789012:role/${role}" }
  }
  keys = {
    data       = { id = "1", arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111" }
    operations = { id = "2", arn = "arn:aws:kms:us-east-1:123456789012:key/22222222-2222-2222-2222-222222222222" }
  }
  log_groups = {
    task      = { name = "/lakehouse/lakehouse-test/task", arn = "arn:aws:logs:us-east-1:123456789012:log-group:task" }
    functions = { name = "/lakehouse/lakehouse-test/functions", arn = "arn:aws:logs:us-east-1:123456789012:log-group:functions" }
  }
  secrets     = { snowflake_publish = { name = "s", arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:s" } }
  environment = { LAKEHOUSE_ROOT = "s3://lake/lake", AWS_REGION = "us-east-1" }
  image_tag   = "1.2.3"
  functions = {
    arrivals = { handler = "operations.commands.arrivals.handler" }
    fx       = { handler = "operations.aws.fx.handler", timeout_s = 120 }
  }
  publish = {
    environment = { LAKEHOUSE_SNOWFLAKE_ACCOUNT = "acme-prod" }
    secrets     = { LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY = "private_key" }
  }
}

run "the_container_writes_only_to_its_volumes" {
  command = apply

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this["build"].container_definitions)[0].readonlyRootFilesystem
    error_message = "The root file system is read-only."
  }
  assert {
    condition     = jsondecode(aws_ecs_task_definition.this["build"].container_definitions)[0].image == "123456789012.dkr.ecr.us-east-1.amazonaws.com/lakehouse-test-image:1.2.3"
    error_message = "Without image, the task runs the repository's image of that tag."
  }
  assert {
    condition     = length(output.functions) == 0
    error_message = "Without an image that exists there are no functions."
  }
}

run "only_publish_waits_for_the_secret_of_snowflake" {
  command = apply

  assert {
    condition = { for step, definition in aws_ecs_task_definition.this : step => jsondecode(definition.container_definitions)[0].secrets[*].valueFrom } == {
      ingest  = []
      build   = []
      publish = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:s:private_key::"]
    }
    error_message = "Snowflake's secret is publish's alone."
  }
  assert {
    condition     = [for step, definition in aws_ecs_task_definition.this : step if strcontains(definition.container_definitions, "LAKEHOUSE_SNOWFLAKE_ACCOUNT")] == ["publish"]
    error_message = "So are its settings."
  }
  assert {
    condition     = alltrue([for step, definition in aws_ecs_task_definition.this : definition.task_role_arn == var.roles[step].arn])
    error_message = "Every step has its own role."
  }
  assert {
    condition     = { for step, definition in aws_ecs_task_definition.this : step => definition.execution_role_arn } == { ingest = var.roles.execution.arn, build = var.roles.execution.arn, publish = var.roles.publish_execution.arn }
    error_message = "ECS reads the secret for publish alone."
  }
}

run "functions_stand_where_an_image_is_given" {
  command = apply
  variables {
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/lakehouse-test-image:1.2.3"
  }

  assert {
    condition     = { for key, function in aws_lambda_function.this : key => function.image_config[0].command[0] } == { arrivals = "operations.commands.arrivals.handler", fx = "operations.aws.fx.handler" }
    error_message = "Each function has its own handler in the image."
  }
  assert {
    condition     = alltrue([for function in aws_lambda_function.this : function.image_config[0].entry_point == tolist(["python", "-m", "awslambdaric"])]) && output.function_timeout_s == { arrivals = 300, fx = 120 }
    error_message = "Lambda starts its runtime interface client instead of the image's entry point."
  }
  assert {
    condition     = alltrue([for function in aws_lambda_function.this : function.reserved_concurrent_executions == -1 && function.kms_key_arn == var.keys["operations"].arn])
    error_message = "A function reserves no concurrency unless it is named, and has a customer key."
  }
  assert {
    condition     = !contains(keys(aws_lambda_function.this["arrivals"].environment[0].variables), "AWS_REGION")
    error_message = "Lambda refuses variables that it sets itself."
  }
}

run "spark_has_limits_and_stops" {
  command = apply

  assert {
    condition     = aws_emrserverless_application.this[0].maximum_capacity[0].cpu == "64 vCPU" && aws_emrserverless_application.this[0].auto_stop_configuration[0].enabled
    error_message = "The application has a maximum capacity and stops when idle."
  }
}

run "latest_is_refused" {
  command = plan
  variables {
    image_tag = "latest"
  }
  expect_failures = [var.image_tag]
}

run "without_spark_and_on_spare_capacity" {
  command = apply
  variables {
    features = { emr = false }
    task     = { spot = true }
  }

  assert {
    condition     = output.emr_application_id == null && { for step, definition in output.task_definitions : step => definition.capacity_provider } == { ingest = "FARGATE_SPOT", build = "FARGATE", publish = "FARGATE" }
    error_message = "The feature emr decides on Spark, task.spot on the capacity of ingest."
  }
}

run "concurrency_of_an_unknown_function_is_refused" {
  command = plan

  variables {
    reserved_concurrency = { arrival = 2 }
  }

  expect_failures = [var.reserved_concurrency]
}
