"""The engine that compares ids and keys of whole tables: what doesn't fit into its memory waits on disk."""

import os

import duckdb

from ingestion.bronze.rows import spill

MEMORY = "256MB"
"""The memory of one engine for a table's ids or keys; the rest is spilled."""
THREADS = 4
"""At most: each needs some of the memory for itself."""


def engine() -> duckdb.DuckDBPyConnection:
    """An engine of its own, which spills into the process's folder for temporary files."""
    threads = min(THREADS, os.cpu_count() or 1)
    return duckdb.connect(config={"temp_directory": spill.folder(), "memory_limit": MEMORY, "threads": threads})
