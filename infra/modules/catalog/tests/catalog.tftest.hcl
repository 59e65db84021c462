mock_provider "aws" {}

variables {
  name = "lakehouse-test"
  buckets = {
    lake  = { name = "lakehouse-test-lake", arn = "arn:aws:s3:::lakehouse-test-lake" }
    stage = { name = "lakehouse-test-stage", arn = "arn:aws:s3:::lakehouse-test-stage" }
  }
  keys = {
    data = { id = "1", arn = "arn:aws:kms:eu-central-1:123456789012:key/1" }
  }
}

run "databases_are_named_after_prefix_and_layer" {
  command = plan

  assert {
    condition = output.databases == {
      for layer in ["bronze", "silver", "gold", "seeds", "snapshots", "audit"] : layer => "${output.prefix}${layer}"
    } && output.prefix == "lakehouse_test_"
    error_message = "LAKEHOUSE_PREFIX and a layer make a database's name"
  }
}

run "queries_are_limited_and_results_encrypted" {
  command = plan

  assert {
    condition     = aws_athena_workgroup.this.configuration[0].enforce_workgroup_configuration && aws_athena_workgroup.this.configuration[0].bytes_scanned_cutoff_per_query == 107374182400
    error_message = "a client can't lift the scan limit"
  }

  assert {
    condition     = aws_athena_workgroup.this.configuration[0].result_configuration[0].encryption_configuration[0].encryption_option == "SSE_KMS"
    error_message = "results are encrypted with the data key"
  }
}

run "a_limit_below_athenas_least_is_refused" {
  command = plan

  variables {
    scan_limit_bytes = 1
  }

  expect_failures = [var.scan_limit_bytes]
}
