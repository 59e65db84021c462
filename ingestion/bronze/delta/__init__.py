"""The Delta side: a table and its commits (`table`), its `txn` actions, data files, storage and schema history.

Imports no other room of bronze but errors and fault points.
"""
