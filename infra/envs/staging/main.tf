# bucket and region by `terraform init -backend-config=…`: infra/bootstrap prints them
terraform {
  backend "s3" {
    key          = "lakehouse/staging.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "replica"
  region = var.replica_region

  default_tags {
    tags = local.tags
  }
}

locals {
  tags = { project = var.project, environment = var.environment, managed_by = "terraform" }
}

module "lakehouse" {
  source = "../../modules/lakehouse"

  project      = var.project
  environment  = var.environment
  region       = var.region
  features     = var.features
  image        = var.image
  image_tag    = var.image_tag
  task_runtime = var.task_runtime

  # as production, on spare capacity
  zones              = 2
  task               = { cpu = 4096, memory = 16384, spot = true }
  scan_limit_bytes   = 53687091200
  monthly_budget_usd = 300

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }
}
