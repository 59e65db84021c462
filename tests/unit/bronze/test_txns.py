"""What the log remembers is read in one pass, and as delta-rs reads it."""

import pytest

from ingestion.bronze.delta.table import Bronze
from tests.unit.bronze.memory import Files, Lake
from tests.unit.bronze.test_files import PRICES, prices


@pytest.mark.parametrize("checkpoint_after", [(), (1,), (0, 3), (4,)])
def test_units_are_those_that_delta_rs_knows(lake: Lake, checkpoint_after) -> None:
    reader = Files({})
    for n in range(5):
        reader.objects[f"prices/{n}.csv"] = prices("s", None)
        lake.load(reader, PRICES)
        if n in checkpoint_after:
            lake.delta().create_checkpoint()
    table = lake.delta()
    units = Bronze(f"{lake.settings.bronze}/memory__orders", "memory.orders").partition_ids()
    for ours in ("load", "quarantine"):
        assert units.pop(ours) == table.transaction_version(f"memory.orders/{ours}")
    assert units == {f"prices/{n}.csv#e#2": 1 for n in range(5)}
    assert {table.transaction_version(f"memory.orders/{unit}") for unit in units} == {1}


def test_an_old_snapshot_knows_what_it_knew(lake: Lake) -> None:
    reader = Files({"prices/0.csv": prices("s")})
    lake.load(reader, PRICES)
    before = Bronze(f"{lake.settings.bronze}/memory__orders", "memory.orders")
    reader.objects["prices/1.csv"] = prices("s")
    lake.load(reader, PRICES)
    lake.delta().create_checkpoint()
    assert set(before.partition_ids()) == {"load", "quarantine", "prices/0.csv#e#1"}
