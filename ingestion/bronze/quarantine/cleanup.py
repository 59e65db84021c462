"""Sweeping up after a load that died between the commit of its quarantine and that of its table.

The table's log says up to which instant the rows in quarantine stand. Those of a later `_ingest_ts` are removed, and
the load that follows brings them again. Whoever still runs is fenced off first: its commit to the table can't succeed
any more, so rows of a load that is merely slow aren't lost.
"""

from collections.abc import Mapping

import structlog

from ingestion.bronze import fault_points
from ingestion.bronze.delta.table import Bronze, Commit
from ingestion.columns import ADDED
from ingestion.instants import from_ms

log = structlog.get_logger()


def sweep(target: Bronze, aside: Bronze) -> int:
    """Remove what an unfinished load left in quarantine; returns how many rows. Raises ConcurrentLoad."""
    confirmed = target.confirmed_ms
    if aside.last_load_ms <= confirmed:
        return 0
    fence(target, {"quarantine": confirmed})
    removed = aside.remove(f"_ingest_ts > '{from_ms(confirmed).isoformat()}'")
    fault_points.point("swept")
    log.info("quarantine.swept", table=aside.uri, rows=removed)
    return removed


def fence(target: Bronze, txns: Mapping[str, int]) -> None:
    """A commit of txns alone: loads that started from an older snapshot can't commit any more.

    The instant of the last load again says nothing new, but it collides with theirs. Raises ConcurrentLoad.
    """
    target.append(ADDED, Commit(target.app, {"load": target.last_load_ms, **txns}))
    fault_points.point("fenced")
