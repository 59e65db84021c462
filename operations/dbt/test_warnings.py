"""Warnings of dbt's tests: how many rows fail now and how many did in the build before.

A test's numbers are the message of its result, as JSON (macros/quality/warn_of_new_rows.sql); a test with a `warn_if`
of its own has none but its failed rows.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingestion.plural import agreeing, plural


@dataclass(frozen=True)
class TestWarning:
    """A test that warns."""

    test: str
    """Its name."""
    rows_failed: int
    rows_before: int | None
    """In the build before; None where no build has recorded any."""

    __test__ = False  # for pytest


def warnings_of(results: Iterable[Mapping[str, Any]]) -> tuple[TestWarning, ...]:
    """The warnings among dbt's results (`run_results.json`), most rows first."""
    found = [warning_of(result) for result in results if result["status"] == "warn"]
    return tuple(sorted(found, key=lambda warning: (-warning.rows_failed, warning.test)))


def warning_of(result: Mapping[str, Any]) -> TestWarning:
    """One of them."""
    try:
        compared = json.loads(result["adapter_response"].get("_message", ""))
    except ValueError:  # an engine's own words
        compared = {}
    before = compared.get("rows_before") if isinstance(compared, dict) else None
    return TestWarning(result["unique_id"].split(".")[2], result["failures"], before)


def lines(warnings: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each warning of a run's record."""
    return [
        f"warning  {warning['test']}: {plural(warning['rows_failed'], 'row')} "
        f"{agreeing(warning['rows_failed'], 'fails', 'fail')}, "
        + ("no build before" if warning["rows_before"] is None else f"{warning['rows_before']:,} in the build before")
        for warning in warnings
    ]
