locals {
  airflow_enabled = lookup(var.features, "mwaa", false)
  airflow_name    = "${var.name}-airflow"
  airflow_logs    = toset(local.airflow_enabled ? ["DAGProcessing", "Scheduler", "Task", "WebServer", "Worker"] : [])
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

  name               = local.airflow_name
  airflow_version    = var.mwaa.version
  environment_class  = var.mwaa.class
  min_workers        = 1
  max_workers        = var.mwaa.max_workers
  source_bucket_arn  = var.buckets["artifacts"].arn
  dag_s3_path        = "airflow/dags/"
  execution_role_arn = var.roles["mwaa"].arn
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
