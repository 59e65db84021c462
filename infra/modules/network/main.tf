data "aws_availability_zones" "this" {
  #checkov:skip=CKV_AWS_394:names are sorted and the first `zones` are taken; zone_names fixes them
  state = "available"

  # local zones lack most endpoints
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_vpc_endpoint_service" "this" {
  for_each = length(var.zone_names) > 0 ? toset([]) : local.interfaces

  service_name = "com.amazonaws.${var.region}.${each.key}"
}

locals {
  # an endpoint is refused where a subnet's zone lacks its service, and accounts name their zones each in its own way
  offered = length(var.zone_names) > 0 ? var.zone_names : sort(setintersection(
    data.aws_availability_zones.this.names,
    [for service in data.aws_vpc_endpoint_service.this : service.availability_zones]...
  ))

  zones = slice(local.offered, 0, min(var.zones, length(local.offered)))
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = { Name = var.name }

  lifecycle {
    precondition {
      condition     = length(local.zones) == var.zones
      error_message = length(var.zone_names) > 0 ? "zones is ${var.zones}, but zone_names has ${length(var.zone_names)} (${join(", ", var.zone_names)}): name at least ${var.zones} zones, or leave zone_names empty." : "zones is ${var.zones}, but only ${length(local.offered)} zones of ${var.region} (${join(", ", local.offered)}) have every endpoint service of this deployment (${join(", ", local.interfaces)}): lower zones, or name the zones in zone_names."
    }
  }
}

# no rules: nothing works by accident in the group that AWS makes
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "private" {
  count = length(local.zones)

  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(var.cidr, 4, count.index)
  availability_zone = local.zones[count.index]

  tags = { Name = "${var.name}-private-${count.index}" }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-private" }
}

resource "aws_route_table_association" "private" {
  count = length(local.zones)

  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_flow_log" "this" {
  count = var.flow_logs ? 1 : 0

  vpc_id               = aws_vpc.this.id
  traffic_type         = "ALL"
  log_destination_type = "s3"
  log_destination      = "${var.flow_logs_bucket_arn}/flow-logs/"

  destination_options {
    file_format                = "parquet"
    per_hour_partition         = true
    hive_compatible_partitions = false
  }
}
