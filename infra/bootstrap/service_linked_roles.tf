# The account's, not an environment's: an environment that is destroyed would take the role from the others.
resource "aws_iam_service_linked_role" "this" {
  for_each = var.service_linked_roles

  aws_service_name = each.key
}
