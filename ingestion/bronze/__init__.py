"""Bronze: every source row exactly once, as received, in append-only Delta tables.

    reader.slices ─▶ plan ─▶ dlt extracts ─▶ contract ─▶ Parquet ─▶ quarantine commit ─▶ table commit ─▶ loads

The Delta log is the only truth: what a table holds is what its `txn` actions say (`delta/table.py`). dlt packages the
rows (`destination.py`), and its local folder is never read back. `load.load` loads one table; `operations/loading.py`
many. Imports specs and values, never `protocols` or `sources`.
"""
