# leases: who loads a table now. state: watermarks and run status to read; the lake holds the truth.

locals {
  tables = {
    leases = ["address"]
    state  = ["item", "at"]
  }
}

resource "aws_dynamodb_table" "this" {
  for_each = local.tables

  name         = "${var.name}-${each.key}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = each.value[0]
  range_key    = try(each.value[1], null)

  deletion_protection_enabled = !var.force_destroy

  dynamic "attribute" {
    for_each = each.value

    content {
      name = attribute.value
      type = "S"
    }
  }

  # operations/aws/state_table.py gives runs a time to expire; leases and watermarks have none
  dynamic "ttl" {
    for_each = each.key == "state" ? [1] : []

    content {
      attribute_name = "expires_at"
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.keys.data.arn
  }
}
