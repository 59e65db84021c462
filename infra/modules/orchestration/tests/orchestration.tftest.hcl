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
  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:us-east-1:123456789012:stateMachine:lakehouse-test-run" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-east-1:123456789012:mock" }
  }
}

variables {
  name = "lakehouse-test"

  environment_name = "test"

  region  = "us-east-1"
  network = { private_subnet_ids = ["subnet-1", "subnet-2", "subnet-3"], security_group_id = "sg-1" }
  roles = {
    for role in ["state_machine", "scheduler", "emr", "mwaa"] :
    role => { name = role, arn = "arn:aws:iam::123456789012:role/${role}" }
  }
  compute = {
    cluster            = { name = "lakehouse-test-cluster", arn = "arn:aws:ecs:us-east-1:123456789012:cluster/lakehouse-test-cluster" }
    container_name     = "lakehouse"
    emr_application_id = "00abc"
    functions          = {}
    task_definitions = {
      ingest  = { arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/lakehouse-test-ingest:1", capacity_provider = "FARGATE_SPOT" }
      build   = { arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/lakehouse-test-build:1", capacity_provider = "FARGATE" }
      publish = { arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/lakehouse-test-publish:1", capacity_provider = "FARGATE" }
    }
  }
  buckets = {
    artifacts = { name = "artifacts", arn = "arn:aws:s3:::artifacts" }
    logs      = { name = "logs", arn = "arn:aws:s3:::logs" }
  }
  keys = {
    data       = { id = "1", arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111" }
    operations = { id = "2", arn = "arn:aws:kms:us-east-1:123456789012:key/22222222-2222-2222-2222-222222222222" }
  }
  log_groups = {
    state_machine = { name = "/lakehouse/lakehouse-test/state-machine", arn = "arn:aws:logs:us-east-1:123456789012:log-group:state-machine" }
    task          = { name = "/lakehouse/lakehouse-test/task", arn = "arn:aws:logs:us-east-1:123456789012:log-group:task" }
    emr           = { name = "/lakehouse/lakehouse-test/emr", arn = "arn:aws:logs:us-east-1:123456789012:log-group:emr" }
  }
  topics  = { for severity in ["critical", "warning", "info"] : severity => "arn:aws:sns:us-east-1:123456789012:lakehouse-test-${severity}" }
  sources = ["postgres", "fx_rates"]
}

run "on_fargate_every_step_is_a_task_with_its_command" {
  command = apply

  assert {
    condition     = jsondecode(output.definition).States.Build.Resource == "arn:aws:states:::ecs:runTask.sync"
    error_message = "A build runs on Fargate."
  }
  assert {
    condition     = jsondecode(output.definition).States.Ingest.ItemProcessor.States.IngestOne.Parameters.Overrides.ContainerOverrides[0]["Command.$"] == "States.Array('ingest', $.source)"
    error_message = "A load's command names the source of its item."
  }
  assert {
    condition     = jsondecode(output.definition).States.Build.Next == "Publish" && jsondecode(output.definition).States.IngestComplete.Choices[0].Next == "Build"
    error_message = "Steps follow in the order of steps.json."
  }
  assert {
    condition = {
      ingest  = jsondecode(output.definition).States.Ingest.ItemProcessor.States.IngestOne.Parameters.TaskDefinition
      build   = jsondecode(output.definition).States.Build.Parameters.TaskDefinition
      publish = jsondecode(output.definition).States.Publish.Parameters.TaskDefinition
    } == { for step, definition in var.compute.task_definitions : step => definition.arn }
    error_message = "Every step runs by its own task definition."
  }
  assert {
    condition     = jsondecode(output.definition).States.Build.Parameters.CapacityProviderStrategy[0].CapacityProvider == "FARGATE"
    error_message = "A build never runs on spare capacity."
  }
  assert {
    condition     = jsondecode(output.definition).States.Build.Retry[*].ErrorEquals == [["ECS.AmazonECSException", "ECS.ServerException"]]
    error_message = "A build is repeated where ECS had no capacity, and not where it failed."
  }
  assert {
    condition     = jsondecode(output.definition).States.Notify.Parameters.TopicArn == var.topics["info"]
    error_message = "An alarm pages for a failed execution: the message says more, and pages nobody."
  }
  assert {
    condition     = jsondecode(output.definition).States.AllSources.Result == ["postgres", "fx_rates"]
    error_message = "A run without sources in its input loads every source."
  }
}

run "without_an_account_nothing_is_published" {
  command = apply
  variables {
    publish = false
  }

  assert {
    condition     = jsondecode(output.definition).States.Build.Next == "Done" && !can(jsondecode(output.definition).States.Publish)
    error_message = "A run without Snowflake ends with the build."
  }
}

run "on_spark_only_the_build_is_a_job" {
  command = apply
  variables {
    task_runtime = "emr"
    environment  = { LAKEHOUSE_ROOT = "s3://test-lake/lake", SOURCES__CDC__BUCKET_URL = "s3://test/cdc" }
    spark        = { folder = "releases/1.2.0", settings = { "spark.driver.memory" = "8g" } }
  }

  assert {
    condition     = endswith(jsondecode(output.definition).States.Build.Parameters.JobDriver.SparkSubmit.EntryPoint, "/releases/1.2.0/build_job.py")
    error_message = "The job is the script of lakehouse submit."
  }
  assert {
    condition = alltrue([
      for part in ["/releases/1.2.0/environment.tar.gz#environment", "/releases/1.2.0/project.tar.gz,s3://", "/releases/1.2.0/lakehouse.whl", "driverEnv.LAKEHOUSE_ROOT=s3://test-lake/lake", "spark.driver.memory=8g"] :
      strcontains(jsondecode(output.definition).States.Build.Parameters.JobDriver.SparkSubmit.SparkSubmitParameters, part)
    ])
    error_message = "Spark gets the files of the folder, the settings of the run, and those of the variable."
  }
  assert {
    condition     = !strcontains(jsondecode(output.definition).States.Build.Parameters.JobDriver.SparkSubmit.SparkSubmitParameters, "SOURCES__")
    error_message = "A build reads no source."
  }
  assert {
    condition     = strcontains(jsondecode(output.definition).States.Build.Parameters["ClientToken.$"], "$$.Execution.RedriveCount")
    error_message = "An execution that is redriven starts another job."
  }

  assert {
    condition     = jsondecode(output.definition).States.Build.Resource == "arn:aws:states:::emr-serverless:startJobRun.sync"
    error_message = "A build runs on EMR Serverless."
  }
  assert {
    condition     = jsondecode(output.definition).States.Publish.Resource == "arn:aws:states:::ecs:runTask.sync"
    error_message = "Other steps run on Fargate."
  }
}

run "a_worker_gets_command_and_token" {
  command = apply
  variables {
    task_runtime = "sqs"
    worker_queue = { url = "https://sqs.us-east-1.amazonaws.com/123456789012/worker", arn = "arn:aws:sqs:us-east-1:123456789012:worker" }
  }

  assert {
    condition = jsondecode(output.definition).States.Publish.Parameters.MessageBody == {
      "command.$"    = "States.Array('run', '--only', 'publish')"
      "task_token.$" = "$$.Task.Token"
    }
    error_message = "The worker's message is a command and a token."
  }
}

run "a_worker_without_a_queue_is_refused" {
  command = plan
  variables {
    task_runtime = "sqs"
  }
  expect_failures = [var.task_runtime]
}

run "schedules_have_a_dead_letter_queue" {
  command = apply

  assert {
    condition     = alltrue([for schedule in aws_scheduler_schedule.this : length(schedule.target[0].dead_letter_config) == 1])
    error_message = "Every schedule has a dead-letter queue."
  }
  assert {
    condition     = jsondecode(aws_scheduler_schedule.this["keys"].target[0].input).containerOverrides[0].command == ["ingest", "postgres", "--reconcile-keys"]
    error_message = "The weekly sweep reconciles keys of the sources that there are."
  }
  assert {
    condition     = aws_scheduler_schedule.this["daily"].target[0].arn == output.state_machine_arn
    error_message = "The daily run is the state machine's: its alarms watch that."
  }
  assert {
    condition     = aws_scheduler_schedule.this["fx"].target[0].ecs_parameters[0].task_definition_arn == var.compute.task_definitions.ingest.arn
    error_message = "A schedule that loads runs by the task definition of ingest."
  }
}

run "a_schedule_whose_function_exists_calls_it" {
  command = apply
  variables {
    compute = {
      cluster            = { name = "lakehouse-test-cluster", arn = "arn:aws:ecs:us-east-1:123456789012:cluster/lakehouse-test-cluster" }
      container_name     = "lakehouse"
      emr_application_id = "00abc"
      functions          = { fx = { name = "lakehouse-test-fx", arn = "arn:aws:lambda:us-east-1:123456789012:function:lakehouse-test-fx" } }
      task_definitions = {
        ingest  = { arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/lakehouse-test-ingest:1", capacity_provider = "FARGATE_SPOT" }
        build   = { arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/lakehouse-test-build:1", capacity_provider = "FARGATE" }
        publish = { arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/lakehouse-test-publish:1", capacity_provider = "FARGATE" }
      }
    }
  }

  assert {
    condition     = aws_scheduler_schedule.this["fx"].target[0].arn == var.compute.functions.fx.arn && length(aws_scheduler_schedule.this["fx"].target[0].ecs_parameters) == 0
    error_message = "The hourly rates are the function's."
  }
  assert {
    condition     = aws_scheduler_schedule.this["keys"].target[0].arn == var.compute.cluster.arn
    error_message = "A schedule without a function is a task."
  }
}

run "a_schedule_of_sources_that_are_missing_is_left_out" {
  command = apply
  variables {
    sources = ["kafka"]
  }

  assert {
    condition     = keys(aws_scheduler_schedule.this) == ["daily"]
    error_message = "found the schedules ${join(", ", keys(aws_scheduler_schedule.this))}"
  }
}

run "airflow_is_private_and_logs_with_retention" {
  command = apply
  variables {
    features = { mwaa = true, schedules = false }
  }

  assert {
    condition     = aws_mwaa_environment.this[0].webserver_access_mode == "PRIVATE_ONLY" && length(aws_mwaa_environment.this[0].network_configuration[0].subnet_ids) == 2
    error_message = "Airflow's web server is private, in two subnets."
  }
  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.airflow : group.kms_key_id == aws_mwaa_environment.this[0].kms_key])
    error_message = "Airflow's logs have the key of its environment."
  }
  assert {
    condition     = length(aws_cloudwatch_log_group.airflow) == 5 && length(output.schedule_names) == 0
    error_message = "Airflow's five log groups exist before it; schedules are off."
  }
}

run "a_large_source_loads_table_by_table" {
  command = apply

  variables {
    loads = ["postgres.users", "postgres.subscriptions", "fx_rates"]
  }

  assert {
    condition     = jsondecode(output.definition).States.AllSources.Result == ["postgres.users", "postgres.subscriptions", "fx_rates"] && output.airflow.loads == tolist(["postgres.users", "postgres.subscriptions", "fx_rates"])
    error_message = "Each load is a task of its own."
  }
}

run "a_load_is_a_source_or_one_of_its_tables" {
  command = plan

  variables {
    loads = ["postgres users"]
  }

  expect_failures = [var.loads]
}

run "a_file_beside_the_dags_says_where_their_tasks_run" {
  command = apply
  variables {
    features = { mwaa = true, schedules = false }
    mwaa     = { requirements_s3_path = "airflow/requirements.txt", requirements_s3_object_version = "7" }
  }

  assert {
    condition     = aws_s3_object.airflow_environment[0].key == "${aws_mwaa_environment.this[0].dag_s3_path}environment.json"
    error_message = "The file is beside the DAGs."
  }
  assert {
    condition     = jsondecode(aws_s3_object.airflow_environment[0].content) == jsondecode(jsonencode(output.airflow))
    error_message = "What the output says is in the file."
  }
  assert {
    condition = {
      for step, definition in output.airflow.ecs.task_definitions : step => definition.arn
    } == { for step, definition in var.compute.task_definitions : step => definition.arn }
    error_message = "Each step has its own task definition."
  }
  assert {
    condition     = output.airflow.runtime == "ecs" && output.airflow.emr == null && output.airflow.topics == var.topics
    error_message = "Tasks run on Fargate, and messages go to the topics of the environment."
  }
  assert {
    condition     = aws_mwaa_environment.this[0].requirements_s3_path == "airflow/requirements.txt" && aws_mwaa_environment.this[0].requirements_s3_object_version == "7"
    error_message = "A requirements.txt is taken where one is named."
  }
}

run "airflow_starts_the_job_that_the_state_machine_starts" {
  command = apply
  variables {
    features     = { mwaa = true, schedules = false }
    task_runtime = "emr"
    spark        = { folder = "releases/1.2.0" }
  }

  assert {
    condition = jsonencode(output.airflow.emr.job_driver.sparkSubmit) == jsonencode({
      entryPoint            = jsondecode(output.definition).States.Build.Parameters.JobDriver.SparkSubmit.EntryPoint
      entryPointArguments   = jsondecode(output.definition).States.Build.Parameters.JobDriver.SparkSubmit.EntryPointArguments
      sparkSubmitParameters = jsondecode(output.definition).States.Build.Parameters.JobDriver.SparkSubmit.SparkSubmitParameters
    })
    error_message = "Both start the same job."
  }
  assert {
    condition     = strcontains(output.airflow.emr.job_driver.sparkSubmit.entryPoint, "/releases/1.2.0/") && output.airflow.runtime == "emr" && output.airflow.emr.application_id == var.compute.emr_application_id
    error_message = "A build of a DAG is a job of the environment's application."
  }
}

run "an_airflow_that_the_dags_are_not_for_is_refused" {
  command = plan
  variables {
    features = { mwaa = true }
    mwaa     = { version = "2.10.3" }
  }
  expect_failures = [var.mwaa]
}
