"""What runs in an AWS account or asks one: Lambda functions, the state table in DynamoDB, Terraform's outputs."""
