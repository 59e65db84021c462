"""Columns of bronze's own: those of every row, and those of each kind of source."""

import pyarrow as pa

INSTANT = pa.timestamp("us", "UTC")

OURS = ("_ingest_ts", "_ingest_date", "_source", "_run_id", "_load_id")
"""Columns that bronze adds to every row of every kind; a source can't bring them."""
POSITION = ("_row_id", "_version")
"""Those that bronze works out for windows, and that other kinds bring."""
OF_FILES = ("_file", "_file_row")
"""Those of a file's rows."""
OF_CHANGES = ("_op", "_commit_ts", "_seq")
"""Those of a change file's rows."""

ADDED = {
    "_ingest_ts": INSTANT,
    "_source": pa.string(),
    "_run_id": pa.string(),
    "_load_id": pa.string(),
    "_row_id": pa.string(),
    "_version": pa.int64(),
}
"""The columns that every bronze table ends in; `_ingest_date` is in the folder's name."""


IS_DELETED = "_is_deleted"
"""The mark of tables whose source has none of its own (`deletes="sweep"`)."""
