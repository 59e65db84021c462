locals {
  prefix = "${replace(var.name, "-", "_")}_"
  layers = toset(["bronze", "silver", "gold", "seeds", "snapshots", "audit"])
}

resource "aws_glue_catalog_database" "this" {
  for_each = local.layers

  name         = "${local.prefix}${each.key}"
  description  = "${each.key} of ${var.name}"
  location_uri = "s3://${var.buckets.lake.name}/lake/${local.prefix}${each.key}"
}

resource "aws_athena_workgroup" "this" {
  name          = var.name
  description   = "Queries and builds of ${var.name}; Athena keeps the log of its queries for 45 days"
  force_destroy = true

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.scan_limit_bytes

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      # the stage expires after seven days, and so do results
      output_location = "s3://${var.buckets.stage.name}/athena-results/"

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = var.keys.data.arn
      }
    }
  }
}
