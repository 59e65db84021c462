"""The reach of a window behind its watermark, in the unit of its table's cursor: microseconds, or numbers."""

from collections.abc import Sequence
from datetime import timedelta

from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.errors import ContractViolation
from ingestion.bronze.slices.counters import counts
from ingestion.instants import length_us
from ingestion.spec import Slice, Table


def reach(table: Table, target: Bronze, slices: Sequence[Slice]) -> int:
    """Return how far `lookback` reaches; raises ContractViolation where it has not the unit of the cursor.

    No number lies a time behind another one: an hour would be 3.6 billion ids.
    """
    beyond = next((part.beyond for part in slices if part.beyond is not None), None)
    back, is_number = table.lookback, counts(table, target, beyond)
    if isinstance(back, timedelta):
        if back and is_number:
            raise ContractViolation(
                f"{_place(table, target)} has a lookback of {back}, and its cursor {table.cursor!r} is a number: "
                "expected a lookback in numbers; write how many of them a window reaches back, as in lookback=1000"
            )
        return length_us(back)
    if back and not is_number and (target.types or beyond is not None):
        raise ContractViolation(
            f"{_place(table, target)} has a lookback of {back}, and its cursor {table.cursor!r} is a time: expected a "
            "timedelta, as in lookback=timedelta(hours=1)"
        )
    return back


def _place(table: Table, target: Bronze) -> str:
    return f"{target.app}: the spec of {table.name}"
