"""The metrics over the run log: each name stands here once.

CloudWatch makes them from the log's JSON lines by filters (`infra/modules/observability/metrics.json`, which
`python -m operations.metrics` writes); dashboards and alarms use the names.
"""

import json
import sys
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ingestion.settings import PROJECT

FILE = PROJECT / "infra" / "modules" / "observability" / "metrics.json"


@dataclass(frozen=True)
class Alarm:
    """When a metric's sum is reported."""

    severity: Literal["warning", "info"]
    """Never critical: what started the command pages for its failure (`infra/modules/observability/alarms.tf`)."""
    threshold: int = 1
    """At least so many within the period."""
    period_s: int = 3600
    missing: str = "notBreaching"


@dataclass(frozen=True)
class Metric:
    """A number over the lines of one event."""

    name: str
    event: str
    """As the code logs it."""
    description: str
    also: str = ""
    """A further condition, in CloudWatch's filter syntax."""
    sums: str | None = None
    """The member that is added up; without one, lines are counted."""
    unit: Literal["Count", "Bytes", "Seconds"] = "Count"
    alarm: Alarm | None = None

    @property
    def pattern(self) -> str:
        """The filter of CloudWatch Logs."""
        conditions = [f'$.event = "{self.event}"', self.also, f"$.{self.sums} = *" if self.sums else ""]
        return f"{{ {' && '.join(filter(None, conditions))} }}"


METRICS = (
    Metric(
        "RunsFailed",
        "run.ended",
        "A command failed; `lakehouse status` shows where.",
        also='$.outcome = "failed"',
    ),
    Metric("RunSeconds", "run.ended", "Seconds of a run.", also='$.verb = "run"', sums="seconds", unit="Seconds"),
    Metric(
        "UnexpectedErrors",
        "ingest.unexpected",
        "A load ended with an error that no rule foresees; the log line has its stack.",
        alarm=Alarm("warning"),
    ),
    Metric(
        "RowsQuarantined",
        "rule.broken",
        "Bronze rejects rows; `lakehouse quarantine list` shows them.",
        sums="rows",
        alarm=Alarm("warning"),
    ),
    Metric(
        "ClocksApart",
        "clock.differs",
        "A source's clock and the loader's differ by more than the table allows.",
        alarm=Alarm("warning"),
    ),
    Metric(
        "CursorsAhead",
        "cursor.ahead",
        "A table's cursor lies in the future: its column may be local time.",
        alarm=Alarm("warning"),
    ),
    Metric(
        "LeaseTrouble",
        "lease.trouble",
        "The lease table does not answer; the load in progress may lose its lease.",
        alarm=Alarm("warning", threshold=3, period_s=900),
    ),
    Metric(
        "LoadsNotRecorded",
        "loads.untold",
        "bronze.loads could not be written; the next run writes it.",
        alarm=Alarm("warning", threshold=2, period_s=86_400),
    ),
    Metric(
        "StateNotCopied",
        "state.not_copied",
        "The readable copy of the state could not be written; the next run writes it.",
        alarm=Alarm("info", threshold=2, period_s=86_400),
    ),
    Metric(
        "ArrivalsUnmatched",
        "arrivals.unmatched",
        "A file arrived that belongs to no table; it is not loaded.",
        alarm=Alarm("warning"),
    ),
    Metric(
        "StagedFilesLeft",
        "staged files not removed",
        "Files of a publish stay in the stage bucket until its lifecycle removes them.",
        alarm=Alarm("info", period_s=86_400),
    ),
    Metric("TablesPublished", "table published", "Tables copied to Snowflake and proven equal."),
    Metric("BytesPublished", "table published", "Bytes copied to Snowflake.", sums="bytes", unit="Bytes"),
)


def text() -> str:
    """Return the file that infrastructure reads."""
    return json.dumps([_document(metric) for metric in METRICS], indent=2) + "\n"


def _document(metric: Metric) -> dict[str, Any]:
    values = {
        "name": metric.name,
        "description": metric.description,
        "pattern": metric.pattern,
        "value": f"$.{metric.sums}" if metric.sums else None,
        "unit": metric.unit,
        "alarm": asdict(metric.alarm) if metric.alarm else None,
    }
    return {name: value for name, value in values.items() if value is not None}


if __name__ == "__main__":
    FILE.write_text(text())
    print(f"wrote {FILE}", file=sys.stderr)  # noqa: T201
