locals {
  feature_defaults = {
    nat               = false # a way to the internet: sources and Snowflake accounts without PrivateLink
    replication       = false # the lake's copy in a second region
    budgets           = true
    budget_tag        = false # the budget counts what is tagged with this environment, not the account: see observability/cost.tf
    activate_tag      = false
    athena            = false # tasks query Athena: builds with dbt's target athena
    emr               = true  # EMR Serverless application: costs nothing while no job runs
    mwaa              = false
    api               = false
    cdc               = false
    streaming         = false
    access_logs       = false # S3's access logs: cloudtrail records the same requests
    flow_logs         = true
    log_archive       = true # log lines in S3 for a year
    require_tls       = true
    composite_alarms  = true
    schedules         = var.image != null && length(var.sources) > 0 # a run without them fails, and pages
    query_definitions = true
    cloudtrail        = true
    force_destroy     = false # destroy deletes data
  }

  # Airflow has schedules of its own: with both, each command runs twice
  features = merge(local.feature_defaults, lookup(var.features, "mwaa", false) ? { schedules = false } : {}, var.features)
}
