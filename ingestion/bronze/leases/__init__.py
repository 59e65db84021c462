"""Leases: one load of a table at a time, by a locked file on one machine or DynamoDB across machines."""
