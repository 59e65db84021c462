"""A readable copy of the state in DynamoDB: how runs ended, and each table's watermark.

    item        S   `run`, or `table/<source>__<table>`
    at          S   the run's id, or `now`
    expires_at  N   of a run: seconds since 1970 from which on DynamoDB may delete it; a watermark stays

Consoles and other accounts read it; nothing in this project does. The Delta logs and the run records are the truth, so
a copy that can't be written is reported and stops nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog

from ingestion.settings import Settings
from operations.freshness import freshness
from operations.records.run_record import one_line, read_runs

log = structlog.get_logger()

RUN, NOW = "run", "now"
LAST = 1
KEPT = timedelta(days=400)
"""Age of a run's item when it expires: a year, and a month to compare it with."""
COPIED = ("verb", "outcome", "started", "seconds", "error", "host")
"""What a run's item has of its record."""


@contextmanager
def copied_state(settings: Settings) -> Iterator[None]:
    """Copy the state when the caller's block has ended, however it ended."""
    try:
        yield
    finally:
        if settings.state_table:
            copy_state(settings, settings.state_table)


def copy_state(settings: Settings, table: str) -> None:
    """Write the last run and every watermark; a failure is a warning in the log."""
    from boto3.session import Session  # slow, and needed only here
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with Session().resource("dynamodb").Table(table).batch_writer() as writer:
            for item in items(settings):
                writer.put_item(Item=item)
    except (BotoCoreError, ClientError) as error:
        log.warning("state.not_copied", table=table, error=one_line(error))


def items(settings: Settings) -> Iterator[dict[str, str | int]]:
    """Yield the items of the last run and of every table that was loaded once."""
    for run in read_runs(settings, LAST):
        copied = _texts({name: run.get(name) for name in COPIED})
        yield {"item": RUN, "at": run["run_id"], "expires_at": _expiry(run["started"]), **copied}
    for one in freshness(settings):
        if one.loaded_at:
            facts = {"watermark": one.watermark, "loaded_at": one.loaded_at}
            yield {"item": f"table/{one.table}", "at": NOW, **_texts(facts)}


def _expiry(started: str) -> int:
    return int((datetime.fromisoformat(started) + KEPT).timestamp())


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}
