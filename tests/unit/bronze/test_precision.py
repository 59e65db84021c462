"""Fractions of a second below microseconds: the row lands with a warning, or goes to quarantine as it came."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from structlog.testing import capture_logs

from ingestion.bronze.errors import RuleBroken
from ingestion.bronze.quarantine.replay import replay
from tests.unit.bronze.memory import ORDERS, Lake, Memory, at, orders, source, us

NS = us(at(1)) * 1000
CAME = "2026-10-01T00:00:01.000000007"


def reader(*nanoseconds: int | None) -> Memory:
    """Orders, each shipped so many nanoseconds after a second."""
    shipped = pa.array([None if number is None else NS + number for number in nanoseconds], pa.timestamp("ns"))
    return Memory(orders(*((str(row), row) for row in range(len(nanoseconds))), Shipped=shipped))


def losses(logs: list[Any]) -> list[tuple[str, int, str]]:
    return [(log["column"], log["rows"], log["first"]) for log in logs if log.get("rule") == "lost_precision"]


def test_a_row_with_nanoseconds_lands_with_microseconds_and_a_warning(lake: Lake) -> None:
    with capture_logs() as logs:
        assert lake.load(reader(7, 8, 1000, None)).landed == 4
    assert losses(logs) == [("shipped", 2, CAME)]
    assert {row["shipped"] for row in lake.rows()} == {at(1), at(1) + timedelta(microseconds=1), None}


def test_zeros_below_microseconds_lose_nothing(lake: Lake) -> None:
    with capture_logs() as logs:
        lake.load(reader(0, 5000, None), replace(ORDERS, severities={"lost_precision": "error"}))
    assert (losses(logs), len(lake.rows())) == ([], 3)


def test_a_stricter_severity_quarantines_what_came_or_stops_the_load(lake: Lake) -> None:
    strict = replace(ORDERS, severities={"lost_precision": "quarantine"})
    with pytest.raises(RuleBroken, match="lost_precision"):
        lake.load(reader(7), replace(ORDERS, severities={"lost_precision": "error"}))
    assert lake.load(reader(0, 7), strict).quarantined == 1
    [bad] = lake.quarantine()
    assert (bad["rule"], json.loads(bad["payload"])["shipped"]) == ("lost_precision", CAME)
    assert replay(source(strict), strict, lake.settings, "run-2").kept == {"lost_precision": 1}
    with capture_logs() as logs:
        assert replay(source(ORDERS), ORDERS, lake.settings, "run-3").landed == 1
    assert losses(logs) == [("shipped", 1, CAME)]
    assert lake.quarantine() == []
