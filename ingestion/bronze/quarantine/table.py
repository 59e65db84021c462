"""The quarantine table of a bronze table: its columns, and rejected rows as rows of it."""

import base64
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ingestion.bronze.rows.violations import Bad
from ingestion.columns import INSTANT

SCHEMA = pa.schema(
    [
        ("_ingest_ts", INSTANT),
        ("_source", pa.string()),
        ("_run_id", pa.string()),
        ("_load_id", pa.string()),
        ("_row_id", pa.string()),
        ("payload", pa.string()),
        ("encoding", pa.string()),
        ("rule", pa.string()),
        ("message", pa.string()),
        ("position", pa.string()),
        ("form", pa.string()),
        ("context", pa.string()),
    ]
)
"""Without the partition column `_ingest_date`, which is in no file. `form` says whose the payload is
(rows/violations.py); `context` what parsing it again needs."""


def to_table(rows: Sequence[Bad], stamp: dict[str, Any]) -> pa.Table:
    """Rows of the quarantine table; `stamp` gives the columns that are the same for the whole load."""
    texts = [_payload(row.payload) for row in rows]
    own = {
        "_row_id": [row.row_id for row in rows],
        "payload": [text for text, _ in texts],
        "encoding": [encoding for _, encoding in texts],
        "rule": [row.rule for row in rows],
        "message": [row.message for row in rows],
        "position": [row.position for row in rows],
        "form": [row.form for row in rows],
        "context": [row.context for row in rows],
    }
    same = {name: [value] * len(rows) for name, value in stamp.items()}
    return pa.table({name: {**own, **same}[name] for name in SCHEMA.names}, schema=SCHEMA)


def _payload(payload: bytes) -> tuple[str, str]:
    """Text where the bytes are UTF-8, else base64."""
    try:
        return payload.decode(), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(payload).decode(), "base64"
