mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
  mock_data "aws_vpc_endpoint_service" {
    defaults = { availability_zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

mock_provider "aws" {
  alias = "replica"

  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
}

variables {
  project     = "lakehouse"
  environment = "test"
  region      = "eu-central-1"
  image_tag   = "0.1.0"
}

run "unknown_features_are_refused" {
  command = plan

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  variables {
    features = { natt = true }
  }

  expect_failures = [var.features]
}

run "unknown_attributes_are_refused" {
  command = plan

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  variables {
    attributes = { snowflake = ["acount"], ci = ["repository"] }
  }

  expect_failures = [var.attributes]
}

run "cdc_needs_a_database" {
  command = plan

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  variables {
    features = { cdc = true }
  }

  expect_failures = [var.cdc]
}

run "defaults_keep_the_cost_traps_off" {
  command = plan

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  assert {
    condition     = !local.features.nat && !local.features.mwaa && !local.features.replication && !local.features.streaming
    error_message = "what costs by the hour is a choice"
  }

  assert {
    condition     = !local.features.schedules && length(local.publish.environment) == 0
    error_message = "nothing runs, and nobody is paged, before there are an image and sources"
  }

  assert {
    condition     = length(local.services) == 0
    error_message = "found the endpoints ${join(", ", local.services)}, which nothing calls"
  }

  assert {
    condition     = local.features.cloudtrail && !local.features.access_logs
    error_message = "a request is recorded once"
  }

  assert {
    condition     = output.glue_database_gold == "${output.lakehouse_prefix}gold"
    error_message = "LAKEHOUSE_PREFIX and a layer make a database's name"
  }
}

run "an_image_and_sources_start_the_schedules" {
  command = plan

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  variables {
    image     = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/lakehouse-test-image:0.1.0"
    sources   = ["postgres"]
    settings  = { SOURCES__POSTGRES__SCHEMA = "shop" }
    snowflake = { account = "acme-prod", database = "SALES" }
  }

  assert {
    condition     = local.settings.SOURCES__POSTGRES__SCHEMA == "shop" && local.settings.LAKEHOUSE_CATALOG == "glue"
    error_message = "settings of yours stand beside those of the deployment"
  }

  assert {
    condition     = local.features.schedules
    error_message = "schedules are on where they can work"
  }

  assert {
    condition     = toset(keys(local.functions)) == toset(["arrivals"])
    error_message = "without the source fx_rates there is no function for it"
  }

  assert {
    condition = local.publish == {
      environment = {
        LAKEHOUSE_SNOWFLAKE_ACCOUNT   = "acme-prod"
        LAKEHOUSE_SNOWFLAKE_USER      = "LAKEHOUSE"
        LAKEHOUSE_SNOWFLAKE_ROLE      = "LAKEHOUSE_PUBLISHER"
        LAKEHOUSE_SNOWFLAKE_WAREHOUSE = "LAKEHOUSE_PUBLISH"
        LAKEHOUSE_SNOWFLAKE_DATABASE  = "SALES"
        LAKEHOUSE_SNOWFLAKE_SCHEMA    = "GOLD"
        LAKEHOUSE_SNOWFLAKE_STAGE     = "SALES.STAGES.PUBLISH"
      }
      secrets = {
        LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY            = "private_key"
        LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE = "private_key_passphrase"
      }
    }
    error_message = "publish gets every setting of docs/publish.md"
  }
}

run "a_source_that_is_not_there_is_refused" {
  command = plan

  variables {
    sources = ["mysql"]
  }

  expect_failures = [var.sources]
}

run "a_secret_among_the_settings_is_refused" {
  command = plan

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  variables {
    settings = { SOURCES__SALESFORCE__CLIENT_SECRET = "sesame" }
  }

  expect_failures = [var.settings]
}

run "schedules_without_sources_are_refused" {
  command = plan

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  variables {
    features = { schedules = true }
  }

  expect_failures = [var.features]
}

run "airflow_needs_two_zones" {
  command = plan

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  variables {
    zones    = 1
    features = { mwaa = true }
  }

  expect_failures = [var.zones]
}

run "every_feature_fits_beside_the_others" {
  command = plan

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  variables {
    image              = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/lakehouse-test-image:0.1.0"
    task_runtime       = "sqs"
    features           = { nat = true, replication = true, mwaa = true, api = true, cdc = true, streaming = true, athena = true }
    sources            = ["fx_rates", "postgres", "vendor_files"]
    vendors            = { acme = { principals = ["210987654321"], external_id = "acme-1" } }
    snowflake          = { external_id = "lakehouse-test-1", account = "acme-prod" }
    ci                 = { repository = "example/lakehouse" }
    reader_account_ids = ["210987654321"]

    cdc = {
      source_database = {
        database        = "shop"
        secret_arn      = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-AbCdEf"
        certificate_pem = "-----BEGIN CERTIFICATE-----"
      }
    }

    streaming = {
      kafka = { security_group_id = "sg-0123456789abcdef0" }
    }

    redshift_cluster_role_arn = "arn:aws:iam::123456789012:role/cluster"
  }

  assert {
    condition     = toset(keys(local.functions)) == toset(["arrivals", "fx"])
    error_message = "the hourly rates have a function where fx_rates is a source"
  }

  assert {
    condition     = length(module.access.roles) == 20
    error_message = "found the roles ${join(", ", keys(module.access.roles))}"
  }

  assert {
    condition     = length(setsubtract(["ecs", "emr-serverless", "kms", "airflow.env", "athena", "sts"], local.services)) == 0
    error_message = "Airflow and Athena reach what they call: found ${join(", ", local.services)}"
  }
}

run "loads_that_leave_a_source_out_are_refused" {
  command = plan

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  variables {
    sources = ["fx_rates", "postgres"]
    loads   = ["postgres.users"]
  }

  expect_failures = [var.loads]
}
