data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  image     = coalesce(var.image, "${aws_ecr_repository.this.repository_url}:${var.image_tag}")
  container = "lakehouse"
  home      = "/var/lib/lakehouse"

  environment = merge(var.environment, { LAKEHOUSE_HOME = local.home, LAKEHOUSE_LOG_FORMAT = "json" })

  # A load that loses its machine goes on from its last commit; a build and a publish would begin again, so they stay
  # on demand.
  tasks = {
    ingest  = { execution = "execution", environment = {}, secrets = {}, capacity = var.task.spot ? "FARGATE_SPOT" : "FARGATE" }
    build   = { execution = "execution", environment = {}, secrets = {}, capacity = "FARGATE" }
    publish = { execution = "publish_execution", environment = var.publish.environment, secrets = var.publish.secrets, capacity = "FARGATE" }
  }
}

resource "aws_ecr_repository" "this" {
  name                 = "${var.name}-image"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = lookup(var.features, "force_destroy", false)

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.keys["operations"].arn
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the last 30 images"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 30 }
      action       = { type = "expire" }
    }]
  })
}

data "aws_iam_policy_document" "repository" {
  # without it Lambda adds the statement itself, which then is a difference at each plan
  statement {
    sid     = "FunctionsPull"
    actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${data.aws_partition.this.partition}:lambda:${var.region}:${data.aws_caller_identity.this.account_id}:function:${var.name}-*"]
    }
  }
}

resource "aws_ecr_repository_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy     = data.aws_iam_policy_document.repository.json
}

resource "aws_ecs_cluster" "this" {
  name = "${var.name}-cluster"

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  configuration {
    execute_command_configuration {
      kms_key_id = var.keys["operations"].arn
      logging    = "OVERRIDE"

      log_configuration {
        cloud_watch_encryption_enabled = true
        cloud_watch_log_group_name     = var.log_groups["task"].name
      }
    }
  }
}

# ECS makes its service-linked role with an account's first cluster, and this call may come before the role is there:
# infra/bootstrap makes it first (service_linked_roles).
resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}

# One for each step of operations/steps.py: what a step may do, and which secret it waits for, is the step's alone.
# No healthCheck: ECS replaces unhealthy tasks of a service alone. These are no service's: the time limit of the state
# machine ends one that hangs.
resource "aws_ecs_task_definition" "this" {
  for_each = local.tasks

  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.task.cpu
  memory                   = var.task.memory
  task_role_arn            = var.roles[each.key].arn
  execution_role_arn       = var.roles[each.value.execution].arn
  # an execution that has begun ends on the revision it began with
  skip_destroy = !lookup(var.features, "force_destroy", false)

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  ephemeral_storage {
    size_in_gib = var.task.scratch_gb
  }

  # Both belong to root unless the image declares them: ECS gives a volume the owner and the mode that its folder has in
  # the image, if the Containerfile says `VOLUME ["/var/lib/lakehouse", "/tmp"]` after the folders got their owner.
  volume {
    name = "home"
  }

  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([{
    name                   = local.container
    image                  = local.image
    essential              = true
    readonlyRootFilesystem = true
    # a stopped run writes its record before it is killed; 120 is Fargate's limit
    stopTimeout     = 120
    linuxParameters = { initProcessEnabled = true }
    mountPoints = [
      { sourceVolume = "home", containerPath = local.home, readOnly = false },
      { sourceVolume = "tmp", containerPath = "/tmp", readOnly = false },
    ]
    environment = [for name, value in merge(local.environment, each.value.environment) : { name = name, value = value }]
    secrets = [
      for name, key in each.value.secrets :
      { name = name, valueFrom = "${var.secrets["snowflake_publish"].arn}:${key}::" }
    ]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.log_groups["task"].name
        awslogs-region        = var.region
        awslogs-stream-prefix = each.key
      }
    }
  }])
}

resource "aws_emrserverless_application" "this" {
  count = lookup(var.features, "emr", true) ? 1 : 0

  name          = "${var.name}-spark"
  release_label = var.emr.release
  # lower case is a difference at each plan
  type         = "SPARK"
  architecture = "X86_64"

  maximum_capacity {
    cpu    = "${var.emr.max_vcpu} vCPU"
    memory = "${var.emr.max_memory_gb} GB"
    disk   = "${var.emr.max_disk_gb} GB"
  }

  auto_start_configuration {
    enabled = true
  }

  auto_stop_configuration {
    enabled              = true
    idle_timeout_minutes = var.emr.idle_minutes
  }

  network_configuration {
    subnet_ids         = var.network.private_subnet_ids
    security_group_ids = [var.network.security_group_id]
  }
}
