"""AWS: Lambda functions, the state table in DynamoDB, Terraform's outputs as settings."""
