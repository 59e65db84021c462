terraform {
  required_version = ">= 1.11"

  backend "s3" { # bucket and region: `terraform -chdir=infra/bootstrap output -raw init` prints the command
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
