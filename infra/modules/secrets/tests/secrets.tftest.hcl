mock_provider "aws" {}

variables {
  name    = "lakehouse-test"
  sources = ["postgres", "fx_rates"]
  keys = {
    data = { id = "1", arn = "arn:aws:kms:eu-central-1:123456789012:key/1" }
  }
}

run "names_are_those_that_dlt_looks_up" {
  command = plan

  assert {
    condition = { for key, secret in aws_secretsmanager_secret.this : key => secret.name } == {
      postgres          = "dlt/sources/postgres"
      fx_rates          = "dlt/sources/fx_rates"
      snowflake_publish = "lakehouse-test/snowflake"
    }
    error_message = "dlt's provider of AWS secrets asks for dlt/sources/<source>"
  }

  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.this : secret.kms_key_id == var.keys.data.arn])
    error_message = "secrets are encrypted with the data key"
  }
}

run "a_function_rotates_its_secret" {
  command = apply

  variables {
    rotation_lambda_arns = { postgres = "arn:aws:lambda:eu-central-1:123456789012:function:rotate" }
  }

  assert {
    condition     = keys(aws_secretsmanager_secret_rotation.this) == ["postgres"] && aws_secretsmanager_secret_rotation.this["postgres"].rotation_rules[0].automatically_after_days == 30
    error_message = "only the secret with a function rotates, every 30 days"
  }
}

run "a_function_without_a_secret_is_refused" {
  command = plan

  variables {
    rotation_lambda_arns = { redshift = "arn:aws:lambda:eu-central-1:123456789012:function:rotate" }
  }

  expect_failures = [var.rotation_lambda_arns]
}
