mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name    = "lakehouse-test"
  region  = "us-east-1"
  network = { vpc_id = "vpc-1", private_subnet_ids = ["subnet-1"], security_group_id = "sg-tasks" }
  roles   = { ingest = { name = "ingest", arn = "arn:aws:iam::123456789012:role/ingest" } }
}

run "scram_needs_the_network_alone" {
  command = apply
  variables {
    kafka = { security_group_id = "sg-brokers" }
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.to_brokers[0].from_port == 9096 && aws_vpc_security_group_ingress_rule.from_tasks[0].to_port == 9096
    error_message = "Tasks reach the brokers' SCRAM port."
  }
  assert {
    condition     = length(output.policies) == 0
    error_message = "SCRAM needs no permission of IAM."
  }
}

run "iam_reads_named_topics" {
  command = apply
  variables {
    kafka = {
      security_group_id = "sg-brokers"
      port              = 9098
      cluster_arn       = "arn:aws:kafka:us-east-1:123456789012:cluster/events/11111111"
      topics            = ["user_events"]
    }
  }

  assert {
    condition     = data.aws_iam_policy_document.kafka[0].statement[1].resources == toset(["arn:aws:kafka:us-east-1:123456789012:topic/events/11111111/user_events"])
    error_message = "The policy names the topics."
  }
}

run "kinesis_is_reached_inside_the_network" {
  command = apply
  variables {
    kinesis = { stream_arns = ["arn:aws:kinesis:us-east-1:123456789012:stream/events"] }
  }

  assert {
    condition     = aws_vpc_endpoint.kinesis[0].private_dns_enabled && length(aws_vpc_endpoint.kinesis[0].policy) > 0
    error_message = "The endpoint has a policy."
  }
}

run "a_port_without_tls_is_refused" {
  command = plan
  variables {
    kafka = { security_group_id = "sg-brokers", port = 9092 }
  }
  expect_failures = [var.kafka]
}
