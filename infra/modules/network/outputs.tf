output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "private_subnet_ids" {
  description = "Private subnets, one a zone."
  value       = aws_subnet.private[*].id

  # a container that starts before the endpoints exist pulls no image
  depends_on = [aws_vpc_endpoint.interface, aws_vpc_endpoint.gateway, aws_route_table_association.private]
}

output "zone_names" {
  description = "Zones of the private subnets."
  value       = aws_subnet.private[*].availability_zone
}

output "security_group_id" {
  description = "Security group of tasks: HTTPS to endpoints, and to the internet where NAT is on."
  value       = aws_security_group.tasks.id
}

output "endpoint_ids" {
  description = "Endpoints by service."
  value       = { for service, endpoint in merge(aws_vpc_endpoint.gateway, aws_vpc_endpoint.interface) : service => endpoint.id }
}
