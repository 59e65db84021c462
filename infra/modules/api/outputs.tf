output "endpoint" {
  description = "Address of the API; sign requests for the service execute-api."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "runs_arn" {
  description = "ARN that a caller's policy allows execute-api:Invoke on."
  value       = "${aws_apigatewayv2_api.this.execution_arn}/*/POST/runs"
}
