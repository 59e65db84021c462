# The lake's copy in a second region, under a key of that region. It holds every object for 30 days longer than the
# lake: against the loss of a region, and against a deletion that nobody meant.

locals {
  backups = var.replication ? toset(["backups"]) : toset([])
}

data "aws_region" "replica" {
  provider = aws.replica
}

resource "aws_kms_key" "backups" {
  provider = aws.replica
  for_each = local.backups

  description             = "${var.name}: backups"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key[each.key].json
}

resource "aws_s3_bucket" "backups" {
  #checkov:skip=CKV_AWS_144:this is the replica
  #checkov:skip=CKV2_AWS_62:a replica has no consumer of events
  #checkov:skip=CKV_AWS_18:S3 delivers access logs within a region only; CloudTrail logs the replica
  provider = aws.replica
  for_each = local.backups

  bucket        = "${var.name}-backups-${local.account}"
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_versioning" "backups" {
  provider = aws.replica
  for_each = aws_s3_bucket.backups

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "backups" {
  provider = aws.replica
  for_each = aws_s3_bucket.backups

  bucket = each.value.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.backups["backups"].arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "backups" {
  provider = aws.replica
  for_each = aws_s3_bucket.backups

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "backups" {
  provider = aws.replica
  for_each = aws_s3_bucket.backups

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "backups" {
  provider = aws.replica
  for_each = aws_s3_bucket.backups

  bucket = each.value.id

  rule {
    id     = "versions"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  rule {
    id     = "delete-markers"
    status = "Enabled"

    filter {}

    expiration {
      expired_object_delete_marker = true
    }
  }

  depends_on = [aws_s3_bucket_versioning.backups]
}

data "aws_iam_policy_document" "backups_bucket" {
  for_each = var.require_tls ? local.backups : toset([])

  statement {
    sid    = "RefusePlainHttp"
    effect = "Deny"
    # a Deny of every action: a list would leave out the next one that S3 gets
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.backups[each.key].arn, "${aws_s3_bucket.backups[each.key].arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "backups" {
  provider = aws.replica
  for_each = var.require_tls ? local.backups : toset([])

  bucket = aws_s3_bucket.backups[each.key].id
  policy = data.aws_iam_policy_document.backups_bucket[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.backups]
}

data "aws_iam_policy_document" "replication_trust" {
  # AWS documents no aws:SourceAccount for replication: a condition on it may stop every copy without an error.
  # iam:PassRole keeps other accounts from handing S3 this role.
  statement {
    sid     = "Service"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "replication" {
  for_each = local.backups

  statement {
    sid       = "ReadConfiguration"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [aws_s3_bucket.this["lake"].arn]
  }

  statement {
    sid       = "ReadVersions"
    actions   = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    resources = ["${aws_s3_bucket.this["lake"].arn}/*"]
  }

  statement {
    sid       = "WriteReplicas"
    actions   = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    resources = ["${aws_s3_bucket.backups["backups"].arn}/*"]
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.this["data"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "Encrypt"
    actions   = ["kms:Encrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.backups["backups"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${data.aws_region.replica.name}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "replication" {
  for_each = local.backups

  name                 = "${var.name}-replication"
  description          = "S3 copies the lake to its backups in the replica region"
  assume_role_policy   = data.aws_iam_policy_document.replication_trust.json
  permissions_boundary = var.boundary_arn

  lifecycle {
    precondition {
      condition     = var.boundary_arn != null
      error_message = "The replication role has no permissions boundary: pass boundary_arn."
    }
  }
}

resource "aws_iam_role_policy" "replication" {
  for_each = local.backups

  name   = "${var.name}-replication"
  role   = aws_iam_role.replication[each.key].id
  policy = data.aws_iam_policy_document.replication[each.key].json
}

resource "aws_s3_bucket_replication_configuration" "this" {
  for_each = local.backups

  bucket = aws_s3_bucket.this["lake"].id
  role   = aws_iam_role.replication["backups"].arn

  rule {
    id     = "lake"
    status = "Enabled"

    filter {}

    delete_marker_replication {
      status = "Enabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket        = aws_s3_bucket.backups[each.key].arn
      storage_class = "INTELLIGENT_TIERING"

      encryption_configuration {
        replica_kms_key_id = aws_kms_key.backups["backups"].arn
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this, aws_s3_bucket_versioning.backups, aws_iam_role_policy.replication]
}
