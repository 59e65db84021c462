# Names only: values are written by people or by rotation (`aws secretsmanager put-secret-value`), never by Terraform,
# so none is in the state.

locals {
  # dlt looks up dlt/sources/<source>: an account holds one environment of a region
  names = merge(
    { for source in var.sources : source => "dlt/sources/${source}" },
    { snowflake_publish = "${var.name}/snowflake" },
  )
}

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:rotation needs a function that knows the source's accounts: rotation_lambda_arns
  for_each = local.names

  name                    = each.value
  description             = each.key == "snowflake_publish" ? "Snowflake user that publishes gold" : "Credentials of the source ${each.key}"
  kms_key_id              = var.keys.data.arn
  recovery_window_in_days = var.recovery_days
}

resource "aws_secretsmanager_secret_rotation" "this" {
  for_each = var.rotation_lambda_arns

  secret_id           = aws_secretsmanager_secret.this[each.key].id
  rotation_lambda_arn = each.value

  rotation_rules {
    automatically_after_days = var.rotation_days
  }
}
