# bucket and region by `terraform init -backend-config=…`: infra/bootstrap prints them
terraform {
  backend "s3" {
    key          = "lakehouse/dev.tfstate"
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

  # small, and on spare capacity: a run that loses its machine resumes
  zones              = 2
  task               = { cpu = 2048, memory = 8192, spot = true }
  emr                = { max_vcpu = 16, max_memory_gb = 64, idle_minutes = 5 }
  scan_limit_bytes   = 10737418240
  monthly_budget_usd = 100

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }
}
