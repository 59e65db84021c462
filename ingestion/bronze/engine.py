"""The engine that compares ids and keys of whole tables: what doesn't fit into its memory waits on disk."""

import os
import tempfile

import duckdb

MEMORY = "256MB"
"""What one engine keeps of a table's ids or keys; the rest is spilled."""
THREADS = 4
"""At most: each needs some of the memory for itself."""


def engine() -> duckdb.DuckDBPyConnection:
    """An engine of its own, with the system's folder for temporary files."""
    threads = min(THREADS, os.cpu_count() or 1)
    return duckdb.connect(config={"temp_directory": tempfile.gettempdir(), "memory_limit": MEMORY, "threads": threads})
