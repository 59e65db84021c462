mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c", "eu-central-1d"] }
  }
  mock_data "aws_vpc_endpoint_service" {
    defaults = { availability_zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c", "eu-central-1d"] }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name   = "lakehouse-test"
  region = "eu-central-1"
}

run "there_is_no_way_to_the_internet_by_default" {
  command = apply

  assert {
    condition     = length(aws_nat_gateway.this) + length(aws_internet_gateway.this) + length(aws_subnet.public) + length(aws_vpc_security_group_egress_rule.internet) == 0
    error_message = "NAT costs and opens: it is a choice"
  }

  assert {
    condition     = length(aws_subnet.private) == 3 && length(distinct(aws_subnet.private[*].availability_zone)) == 3
    error_message = "private subnets lie in several zones"
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.self) == 0
    error_message = "nothing reaches tasks"
  }
}

run "endpoints_serve_this_account_only" {
  command = apply

  assert {
    condition = toset(keys(output.endpoint_ids)) == toset([
      "s3", "dynamodb", "glue", "secretsmanager", "logs", "ecr.api", "ecr.dkr",
    ])
    error_message = "found the endpoints ${join(", ", keys(output.endpoint_ids))}"
  }

  assert {
    condition = alltrue([for document in data.aws_iam_policy_document.endpoint :
      toset(document.statement[0].condition[*].variable) == toset(["aws:PrincipalAccount", "aws:ResourceAccount"])
    ])
    error_message = "each endpoint's policy limits principals and resources to the account"
  }

  assert {
    condition     = alltrue(flatten([for document in data.aws_iam_policy_document.endpoint : [for statement in document.statement : [for action in statement.actions : !strcontains(action, "*")]]]))
    error_message = "endpoint policies name actions, never wildcards"
  }

  assert {
    condition     = data.aws_iam_policy_document.endpoint["s3"].statement[1].resources == toset(["arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*"])
    error_message = "images can be pulled: ECR's layers lie in a bucket of AWS"
  }
}

run "nat_opens_one_way_out" {
  command = apply

  variables {
    nat = true
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && aws_vpc_security_group_egress_rule.internet[0].to_port == 443
    error_message = "NAT is one gateway, for HTTPS"
  }
}

run "subnets_lie_where_every_endpoint_service_is" {
  command = apply

  variables {
    zones    = 2
    services = ["athena"]
  }

  override_data {
    target = data.aws_vpc_endpoint_service.this["athena"]
    values = { availability_zones = ["eu-central-1d", "eu-central-1b"] }
  }

  assert {
    condition     = join(" ", output.zone_names) == "eu-central-1b eu-central-1d"
    error_message = "found the zones ${join(", ", output.zone_names)}"
  }
}

run "too_few_zones_are_refused" {
  command = plan

  override_data {
    target = data.aws_vpc_endpoint_service.this["glue"]
    values = { availability_zones = ["eu-central-1b"] }
  }

  expect_failures = [aws_vpc.this]
}

run "zones_can_be_named" {
  command = apply

  variables {
    zones      = 1
    zone_names = ["eu-central-1c"]
  }

  assert {
    condition     = join(" ", output.zone_names) == "eu-central-1c" && length(data.aws_vpc_endpoint_service.this) == 0
    error_message = "named zones are taken without a question"
  }
}

run "spark_reads_the_buckets_of_its_release" {
  command = apply

  variables {
    emr = true
  }

  assert {
    condition     = contains(data.aws_iam_policy_document.endpoint["s3"].statement[2].resources, "arn:aws:s3:::repo.eu-central-1.emr.amazonaws.com/*")
    error_message = "found ${join(", ", data.aws_iam_policy_document.endpoint["s3"].statement[2].resources)}"
  }
}
