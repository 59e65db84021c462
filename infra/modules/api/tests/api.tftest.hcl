mock_provider "aws" {
  mock_resource "aws_apigatewayv2_api" {
    defaults = { execution_arn = "arn:aws:execute-api:us-east-1:123456789012:abc" }
  }
}

variables {
  name              = "lakehouse-test"
  region            = "us-east-1"
  roles             = { api = { name = "api", arn = "arn:aws:iam::123456789012:role/api" } }
  state_machine_arn = "arn:aws:states:us-east-1:123456789012:stateMachine:lakehouse-test-run"
  log_groups        = { api = { name = "/lakehouse/lakehouse-test/api", arn = "arn:aws:logs:us-east-1:123456789012:log-group:api" } }
}

run "only_signed_requests_start_a_run" {
  command = apply

  assert {
    condition     = aws_apigatewayv2_route.runs.authorization_type == "AWS_IAM" && aws_apigatewayv2_route.runs.route_key == "POST /runs"
    error_message = "The only route takes signed requests."
  }
  assert {
    condition     = aws_apigatewayv2_integration.runs.request_parameters["StateMachineArn"] == var.state_machine_arn
    error_message = "A request starts the state machine."
  }
}

run "requests_are_logged_and_throttled" {
  command = apply

  assert {
    condition     = aws_apigatewayv2_stage.this.access_log_settings[0].destination_arn == var.log_groups["api"].arn
    error_message = "Every request is in the access log."
  }
  assert {
    condition     = aws_apigatewayv2_stage.this.default_route_settings[0].throttling_rate_limit == 2
    error_message = "Requests are throttled."
  }
}
