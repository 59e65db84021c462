"""Bronze: every source row exactly once, as received, in append-only Delta tables.

    reader.slices ─▶ plan ─▶ dlt extracts ─▶ contract ─▶ Parquet ─▶ quarantine commit ─▶ table commit ─▶ loads

The Delta log is the only truth: what a table holds is what its `txn` actions say (`delta.py`). dlt packages the rows
(`destination.py`), and its local folder is never read back. `load.load` loads one table; `operations ingest` many.
"""
