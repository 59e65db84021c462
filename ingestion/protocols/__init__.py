"""Protocols: the parts that sources of one kind share, such as HTTP, SQL windows, files, Kafka, DMS's change files.

A module here knows a protocol and no single source; it imports values, specs and settings, never bronze.
"""
