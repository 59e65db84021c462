"""Exchange rates of the hour as a Lambda function: EventBridge Scheduler ──▶ what `lakehouse ingest fx_rates` does.

A second call within the hour reads nothing (ingestion/sources/fx_rates.py), so Lambda may repeat one that failed.
"""

from collections.abc import Mapping
from typing import Any

from ingestion.settings import Settings
from operations.aws.lambda_function import lambda_function
from operations.loading import ingest, tell
from operations.records.run_record import recording
from operations.reporting.ingest import failure_lines
from operations.reporting.progress import Progress

SOURCE = "fx_rates"


class RatesNotLoaded(RuntimeError):
    """A table of exchange rates could not be loaded: which, why, and the command to go on with."""


@lambda_function
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Load what is new of every table of exchange rates, whatever the event says; returns the rows by table.

    Raises RatesNotLoaded where a table could not be loaded; the others are.
    """
    settings = Settings.load()
    with recording(settings, "ingest") as record, Progress() as progress:
        results = ingest(
            settings, (SOURCE,), (), record.run_id, on_result=lambda result: tell(result, record, progress)
        )
    if lines := failure_lines(results):
        raise RatesNotLoaded("; ".join(lines))
    return {"run_id": record.run_id, "landed": {result.table: result.landed for result in results}}
