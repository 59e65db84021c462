"""Sweeping up after a load that died between the commit of its quarantine and that of its table.

Its rows in quarantine have an `_ingest_ts` later than the table's last load. They are removed, and the load that
follows brings them again. Whoever still runs is fenced off first: its commit to the table can't succeed any more, so
rows of a load that is merely slow aren't lost.
"""

import structlog

from ingestion.bronze.delta import Bronze, Commit, instant
from ingestion.bronze.stamping import ADDED

log = structlog.get_logger()


def sweep(target: Bronze, aside: Bronze) -> int:
    """Remove what an unfinished load left in quarantine; returns how many rows. Raises ConcurrentLoad."""
    if aside.last_load_ms <= target.last_load_ms:
        return 0
    # the same version again says nothing new, but a commit from an older snapshot is refused
    target.append(ADDED, Commit(target.app, {"load": target.last_load_ms}))
    removed = aside.remove(f"_ingest_ts > '{instant(target.last_load_ms).isoformat()}'")
    log.info("quarantine.swept", table=aside.uri, rows=removed)
    return removed
