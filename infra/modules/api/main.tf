# An HTTP API starts an execution without a function between. Its address is public, but a request without a signature
# of this account is refused before it reaches anything: an HTTP API knows no resource policy, so IAM decides alone.
resource "aws_apigatewayv2_api" "this" {
  name          = "${var.name}-api"
  description   = "POST /runs starts a run; the body is its input, such as {} or {\"sources\": [\"postgres\"]}."
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "runs" {
  api_id              = aws_apigatewayv2_api.this.id
  integration_type    = "AWS_PROXY"
  integration_subtype = "StepFunctions-StartExecution"
  credentials_arn     = var.roles["api"].arn
  # the service answers within this time or the caller tries again
  timeout_milliseconds = 10000

  request_parameters = {
    StateMachineArn = var.state_machine_arn
    Input           = "$request.body"
    Region          = var.region
  }
}

resource "aws_apigatewayv2_route" "runs" {
  api_id             = aws_apigatewayv2_api.this.id
  route_key          = "POST /runs"
  authorization_type = "AWS_IAM"
  target             = "integrations/${aws_apigatewayv2_integration.runs.id}"
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit    = var.requests_per_second
    throttling_burst_limit   = 2 * var.requests_per_second
    detailed_metrics_enabled = true
  }

  access_log_settings {
    destination_arn = var.log_groups["api"].arn
    format = jsonencode({
      at         = "$context.requestTime"
      request_id = "$context.requestId"
      caller     = "$context.identity.userArn"
      source_ip  = "$context.identity.sourceIp"
      route      = "$context.routeKey"
      status     = "$context.status"
      error      = "$context.integrationErrorMessage"
    })
  }
}
