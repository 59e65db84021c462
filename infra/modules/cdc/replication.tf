resource "aws_dms_replication_instance" "this" {
  count = var.serverless ? 0 : 1

  replication_instance_id      = local.replication_id
  replication_instance_class   = var.instance.class
  engine_version               = var.instance.version
  allocated_storage            = var.instance.storage_gb
  multi_az                     = var.instance.multi_az
  publicly_accessible          = false
  auto_minor_version_upgrade   = true
  kms_key_arn                  = var.keys["data"].arn
  preferred_maintenance_window = "sun:12:00-sun:13:00"
  replication_subnet_group_id  = aws_dms_replication_subnet_group.this.id
  vpc_security_group_ids       = [var.network.security_group_id]

  depends_on = [aws_cloudwatch_log_group.this]
}

resource "aws_dms_replication_task" "this" {
  count = var.serverless ? 0 : 1

  replication_task_id       = local.replication_id
  migration_type            = "full-load-and-cdc"
  replication_instance_arn  = aws_dms_replication_instance.this[0].replication_instance_arn
  source_endpoint_arn       = aws_dms_endpoint.source.endpoint_arn
  target_endpoint_arn       = aws_dms_s3_endpoint.target.endpoint_arn
  table_mappings            = local.table_mappings
  replication_task_settings = local.settings
  start_replication_task    = var.start
}

resource "aws_dms_replication_config" "this" {
  count = var.serverless ? 1 : 0

  replication_config_identifier = local.replication_id
  resource_identifier           = local.replication_id
  replication_type              = "full-load-and-cdc"
  source_endpoint_arn           = aws_dms_endpoint.source.endpoint_arn
  target_endpoint_arn           = aws_dms_s3_endpoint.target.endpoint_arn
  table_mappings                = local.table_mappings
  replication_settings          = local.settings
  start_replication             = var.start

  compute_config {
    min_capacity_units          = 1
    max_capacity_units          = var.max_capacity_units
    multi_az                    = var.instance.multi_az
    kms_key_id                  = var.keys["data"].arn
    replication_subnet_group_id = aws_dms_replication_subnet_group.this.id
    vpc_security_group_ids      = [var.network.security_group_id]
  }

  depends_on = [aws_cloudwatch_log_group.this]
}

# Nobody waits for a replication: one that stops, or falls behind, only leaves files out. A database keeps its binlog for
# hours or days, and what it dropped takes a full load.
resource "aws_cloudwatch_metric_alarm" "behind" {
  # while an operator has not started it, silence is no failure
  count = var.start && !var.serverless ? 1 : 0

  alarm_name          = "${local.replication_id}-behind"
  alarm_description   = "DMS writes changes 15 minutes late, or not at all. Its log group names the error; start the task again before the database drops its binlog."
  namespace           = "AWS/DMS"
  metric_name         = "CDCLatencyTarget"
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 900
  period              = 300
  evaluation_periods  = 3
  treat_missing_data  = "breaching"
  alarm_actions       = [var.topics["critical"]]

  dimensions = {
    ReplicationInstanceIdentifier = local.replication_id
    ReplicationTaskIdentifier     = element(split(":", aws_dms_replication_task.this[0].replication_task_arn), 6)
  }
}
