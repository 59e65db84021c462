"""Cursors that count, up to the largest number that a watermark can pass."""

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from ingestion.bronze.slices.plan import plan
from ingestion.spec import Table
from operations.commands.status import spelled
from operations.freshness import of_table
from operations.reporting.ingest import Preview
from tests.unit.bronze.memory import Lake, Memory, source

TABLE = Table("Orders", key=("Id",), cursor="Id")
LARGEST_ID = 2**63 - 2
IDS = pa.array([1, LARGEST_ID], pa.int64())
DECIMALS = pa.array([Decimal(1), Decimal(LARGEST_ID)], pa.decimal128(38, 0))


@pytest.mark.parametrize("ids", [IDS, DECIMALS])
def test_a_number_is_a_number_in_dry_runs_status_and_loads(lake: Lake, ids: pa.Array) -> None:
    reader, of = Memory(pa.table({"Id": ids}), cursor="Id", counts_ties=True), source(TABLE)
    first = Preview.of(plan(of, reader, TABLE, lake.settings), [2])
    assert (first.window_from, first.window_to) == (None, str(LARGEST_ID + 1))
    lake.load(reader, TABLE)
    [entry] = lake.loads()
    assert (entry["is_full"], entry["window_from"], entry["window_to"]) == (True, None, None)
    assert entry["high_water"] == LARGEST_ID + 1
    loaded_at = datetime.fromisoformat(str(entry["loaded_at"]))
    table = of_table(of, TABLE, lake.settings, datetime(2026, 10, 16, 23, tzinfo=UTC))
    assert (table.watermark, spelled(table.watermark)) == (LARGEST_ID + 1, str(LARGEST_ID + 1))
    assert table.loaded_at == loaded_at
    assert table.age_seconds == (datetime(2026, 10, 16, 23, tzinfo=UTC) - loaded_at).total_seconds()
    reader.rows = pa.concat_tables([reader.rows, reader.rows])
    again = Preview.of(plan(of, reader, TABLE, lake.settings), [2])
    assert (again.window_from, again.window_to) == (str(LARGEST_ID), str(LARGEST_ID + 1))


def test_only_a_load_from_the_beginning_is_full(lake: Lake) -> None:
    for ids in ([1], [1, 2]):
        lake.load(Memory(pa.table({"Id": ids}), cursor="Id", counts_ties=True), TABLE)
    assert [entry["is_full"] for entry in lake.loads()] == [True, False]
