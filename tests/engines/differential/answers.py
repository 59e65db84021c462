"""What an engine says to a query, in a form that two engines' answers can be compared in."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from dbt.adapters.lake.errors import LakeError
from pyspark.errors import PySparkException

DIGITS = 6
"""Of a double that must be equal: a sum of doubles depends on its order."""


@dataclass(frozen=True)
class Answer:
    """Columns and rows, or why there are none."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    """In one order."""
    error: str = ""
    refused: bool = False
    """True where the adapter does not let the engine answer."""


def answer(ask: Callable[[str], pa.Table], query: str) -> Answer:
    """Ask."""
    try:
        table = ask(query)
    except LakeError as error:
        return Answer(error=str(error.msg), refused=str(error.msg).startswith("refused: "))
    except PySparkException as error:
        return Answer(error=str(error.getMessage() or error))
    cells = [[text(value) for value in plain(column).to_pylist()] for column in table.columns]
    names = tuple(name.lower() for name in table.column_names)
    return Answer(names, tuple(sorted(zip(*cells, strict=True))))


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Days and microseconds as numbers: Spark's years go beyond Python's."""
    if pa.types.is_date32(column.type):
        return column.cast(pa.int32())
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


def text(value: Any) -> str:
    """A value with its digits: `2.50` is not `2.5`."""
    match value:
        case None:
            return "NULL"
        case float():
            return "0" if value == 0 else f"{value:.{DIGITS}g}"
        case Decimal():
            return format(value, "f")
    return repr(value)
