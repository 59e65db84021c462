"""`lakehouse sql`: statements that may run, by an allow-list, and errors in words: unknown names, syntax."""
