# bucket and region by `terraform init -backend-config=…`: infra/bootstrap prints them
terraform {
  backend "s3" {
    key          = "lakehouse/prod.tfstate"
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

  zones              = 3
  task               = { cpu = 4096, memory = 16384, spot = false }
  monthly_budget_usd = 1000

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }
}
