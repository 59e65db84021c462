locals {
  airflow_enabled = lookup(var.features, "mwaa", false)
  airflow_name    = "${var.name}-airflow"
  airflow_logs    = toset(local.airflow_enabled ? ["DAGProcessing", "Scheduler", "Task", "WebServer", "Worker"] : [])

  # where the tasks of DAGs run; dags/lakehouse_airflow/runtimes.py reads it
  airflow = {
    environment = var.environment_name
    region      = var.region
    runtime     = var.task_runtime == "emr" ? "emr" : "ecs"
    sources     = var.sources
    parallel    = var.parallel_sources
    loads       = var.loads == null ? var.sources : var.loads
    publish     = var.publish
    topics      = var.topics
    ecs = {
      cluster          = var.compute.cluster.name
      container        = var.compute.container_name
      subnets          = var.network.private_subnet_ids
      security_groups  = [var.network.security_group_id]
      log_group        = var.log_groups["task"].name
      task_definitions = { for step, definition in var.compute.task_definitions : step => { arn = definition.arn, capacity_provider = definition.capacity_provider } }
    }
    emr = var.task_runtime == "emr" ? {
      name               = "${var.name}-build"
      application_id     = var.compute.emr_application_id
      execution_role_arn = var.roles["emr"].arn
      # the job of the state machine, as boto3 spells it
      job_driver = { sparkSubmit = {
        entryPoint            = local.task["build"].Parameters.JobDriver.SparkSubmit.EntryPoint
        entryPointArguments   = local.task["build"].Parameters.JobDriver.SparkSubmit.EntryPointArguments
        sparkSubmitParameters = local.task["build"].Parameters.JobDriver.SparkSubmit.SparkSubmitParameters
      } }
      configuration_overrides = { monitoringConfiguration = {
        cloudWatchLoggingConfiguration            = { enabled = true, logGroupName = var.log_groups["emr"].name, logStreamNamePrefix = "build" }
        s3MonitoringConfiguration                 = { logUri = "s3://${var.buckets["logs"].name}/emr/", encryptionKeyArn = var.keys["operations"].arn }
        managedPersistenceMonitoringConfiguration = { enabled = false }
      } }
    } : null
  }
}

# Beside the DAGs, and not an Airflow Variable: a worker needs no call and no right to read it, and a new revision of a
# task definition is there with the next parse.
resource "aws_s3_object" "airflow_environment" {
  count = local.airflow_enabled ? 1 : 0

  bucket       = var.buckets["artifacts"].name
  key          = "airflow/dags/environment.json"
  content      = jsonencode(local.airflow)
  content_type = "application/json"
}

# MWAA creates groups without retention and key unless they exist
resource "aws_cloudwatch_log_group" "airflow" {
  #checkov:skip=CKV_AWS_338:CloudWatch keeps 30 days because it costs ten times S3; run records keep the outcome of runs
  for_each = local.airflow_logs

  name              = "airflow-${local.airflow_name}-${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.keys["data"].arn
}

resource "aws_mwaa_environment" "this" {
  count = local.airflow_enabled ? 1 : 0

  name              = local.airflow_name
  airflow_version   = var.mwaa.version
  environment_class = var.mwaa.class
  min_workers       = 1
  max_workers       = var.mwaa.max_workers
  source_bucket_arn = var.buckets["artifacts"].arn
  dag_s3_path       = "airflow/dags/"
  # the image has the providers already; the file has to be there before the environment
  requirements_s3_path           = var.mwaa.requirements_s3_path
  requirements_s3_object_version = var.mwaa.requirements_s3_object_version
  execution_role_arn             = var.roles["mwaa"].arn
  # of its bucket and its log groups, too: MWAA uses one key for all of them
  kms_key                         = var.keys["data"].arn
  webserver_access_mode           = "PRIVATE_ONLY"
  weekly_maintenance_window_start = "SUN:12:00"

  network_configuration {
    subnet_ids         = slice(var.network.private_subnet_ids, 0, 2)
    security_group_ids = [var.network.security_group_id]
  }

  logging_configuration {
    dag_processing_logs {
      enabled   = true
      log_level = "WARNING"
    }
    scheduler_logs {
      enabled   = true
      log_level = "WARNING"
    }
    task_logs {
      enabled   = true
      log_level = "INFO"
    }
    webserver_logs {
      enabled   = true
      log_level = "WARNING"
    }
    worker_logs {
      enabled   = true
      log_level = "WARNING"
    }
  }

  depends_on = [aws_cloudwatch_log_group.airflow]
}
