# bucket and region by `terraform init -backend-config=…`: infra/bootstrap prints them
terraform {
  required_version = ">= 1.11"

  backend "s3" {
    key          = "lakehouse/prod.tfstate"
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}
