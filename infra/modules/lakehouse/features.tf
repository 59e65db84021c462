locals {
  feature_defaults = {
    nat               = false # a way to the internet: sources and Snowflake accounts without PrivateLink
    replication       = false # lake and backups in a second region
    budgets           = true
    athena            = false # tasks query Athena: builds with dbt's target athena
    emr               = true  # EMR Serverless application: costs nothing while no job runs
    mwaa              = false
    api               = false
    cdc               = false
    streaming         = false
    access_logs       = true # S3 access logs and VPC flow logs
    log_archive       = true # log lines in S3 for a year
    require_tls       = true
    composite_alarms  = true
    schedules         = var.image != null && length(var.sources) > 0 # a run without them fails, and pages
    query_definitions = true
    cloudtrail        = true
    force_destroy     = false # destroy deletes data
  }

  features = merge(local.feature_defaults, var.features)
}
