mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["us-east-1a", "us-east-1b", "us-east-1c"] }
  }
  mock_data "aws_vpc_endpoint_service" {
    defaults = { availability_zones = ["us-east-1a", "us-east-1b", "us-east-1c"] }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

mock_provider "aws" {
  alias = "replica"

  mock_data "aws_region" {
    defaults = { name = "us-west-2" }
  }
}

variables {
  image_tag = "0.1.0"
}

run "plans_with_its_defaults" {
  command = plan

  assert {
    condition     = output.glue_database_gold == "lakehouse_dev_gold" && output.athena_work_group == "lakehouse-dev"
    error_message = "names begin with project and environment"
  }
}

run "plans_with_features_that_cost" {
  command = plan

  variables {
    image        = "123456789012.dkr.ecr.us-east-1.amazonaws.com/lakehouse-dev-image:0.1.0"
    task_runtime = "emr"
    spark        = { folder = "releases/1.0.0" }
    sources      = ["fx_rates", "postgres"]
    settings     = { SOURCES__FX_RATES__BASE_URL = "https://api.frankfurter.dev" }
    snowflake    = { account = "acme-prod" }
    alert_emails = ["data@example.com"]
    features     = { nat = true, replication = true, mwaa = true, api = true }
  }

  assert {
    condition     = output.region == "us-east-1" && output.environment == "dev"
    error_message = "lakehouse env reads region and environment"
  }
}
