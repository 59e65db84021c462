data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  partition = data.aws_partition.this.partition
}

resource "aws_sfn_state_machine" "this" {
  name       = "${var.name}-run"
  type       = "STANDARD"
  role_arn   = var.roles["state_machine"].arn
  definition = local.definition

  encryption_configuration {
    type                              = "CUSTOMER_MANAGED_KMS_KEY"
    kms_key_id                        = var.keys["operations"].arn
    kms_data_key_reuse_period_seconds = 900
  }

  # inputs are names of sources and commands: no row and no secret is in them
  logging_configuration {
    log_destination        = "${var.log_groups["state_machine"].arn}:*"
    include_execution_data = true
    level                  = "ALL"
  }

  tracing_configuration {
    enabled = true
  }
}
