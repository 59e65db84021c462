"""Macros, and the plain SQL between them, give the same answers on every engine: one query, a column for each case."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.engines.cases import CASES
from tests.engines.engine import Engine
from tests.engines.engines import ENGINES

NULL = "cast({} as {{{{ dbt.type_string() }}}})"
"""So that a NULL of any type is compared as text."""
NOW = "2026-10-16T01:30:00+02:00"
EVERY = [pytest.param(name, marks=[pytest.mark.engines] * (name != "local")) for name in ENGINES]
"""The local engine in `make test`, all of them in `make test-engines`."""


@pytest.fixture(scope="module", params=EVERY)
def answers(request: pytest.FixtureRequest, open_engine: Callable[[str], Engine]) -> dict[str, str | None]:
    """Case -> the engine's answer as text."""
    asked = {
        name: (sql if wanted is not None else NULL.format(sql), kind(wanted)) for name, (sql, wanted) in CASES.items()
    }
    return open_engine(request.param).answers(asked, LAKEHOUSE_NOW=NOW)


def kind(wanted: Any) -> str:
    """The type in Spark's words of an answer."""
    match wanted:
        case bool():
            return "boolean"
        case int():
            return "bigint"
        case Decimal():
            return f"decimal(38,{-int(wanted.as_tuple().exponent)})"
        case datetime():
            return "timestamp"
        case date():
            return "date"
    return "string"


def text(wanted: Any) -> str | None:
    """An answer as the canonical text of macros/sql/row_digest.sql."""
    match wanted:
        case None:
            return None
        case str():
            return wanted.replace("\\", "\\\\")
        case bool():
            return str(wanted).lower()
        case datetime():
            return wanted.replace(tzinfo=None).isoformat(" ", "microseconds")
    return str(wanted)


@pytest.mark.parametrize("case", CASES)
def test_macro(answers: dict[str, str | None], case: str) -> None:
    assert answers[case] == text(CASES[case][1])
