"""Reading a table again as a whole."""

import pytest

from ingestion.bronze.errors import SourceShrunk
from ingestion.spec import Table
from tests.unit.bronze.memory import Lake, Memory, orders, us

PLAIN = Table("Orders", key=("Id",), cursor="UpdatedAt")
HUNDRED = orders(*((f"{n}", n) for n in range(100)))


def test_a_full_load_lands_what_is_missing_and_doubles_nothing(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), ("b", 50), (None, 3))), PLAIN)
    repaired = Memory(orders(("a", 1), ("forgotten", 2), ("b", 50), (None, 3), ("c", 60)))
    result = lake.load(repaired, PLAIN, full=True)
    assert lake.values() == ["a", "b", "c", "forgotten"]
    assert (result.entry.rows_read, result.landed, result.quarantined) == (5, 2, 0)
    new = {row["_ingest_ts"] for row in lake.rows() if row["id"] in ("c", "forgotten")}
    assert len(new) == 1
    assert min(new) > max(row["_ingest_ts"] for row in lake.rows() if row["id"] in ("a", "b"))
    assert lake.load(repaired, PLAIN).entry is None


def test_a_full_load_reads_even_where_nothing_is_new(lake: Lake) -> None:
    reader = Memory(orders(("a", 1)))
    lake.load(reader, PLAIN)
    result = lake.load(reader, PLAIN, full=True)
    assert (result.entry.rows_read, result.landed, result.entry.rows_already_there) == (1, 0, 1)
    assert [load["is_full"] for load in lake.loads()] == [False, True]


def test_a_full_load_never_moves_the_watermark_back(lake: Lake) -> None:
    lake.load(Memory(HUNDRED), PLAIN)
    lake.load(Memory(HUNDRED.slice(0, 60)), PLAIN, full=True)
    assert lake.delta().transaction_version("memory.orders") == us(HUNDRED["UpdatedAt"][99].as_py()) + 1


def test_a_source_that_shrank_is_refused_unless_told(lake: Lake) -> None:
    lake.load(Memory(HUNDRED), PLAIN)
    shrunk = Memory(HUNDRED.slice(0, 49))
    version = lake.delta().version()
    with pytest.raises(SourceShrunk, match=r"full read returned 49 rows, the last one 100.*--allow-shrink"):
        lake.load(shrunk, PLAIN, full=True)
    assert lake.delta().version() == version
    with pytest.raises(SourceShrunk, match="full read returned 0 rows, the last one 100"):
        lake.load(Memory(orders()), PLAIN, full=True)
    assert lake.load(shrunk, PLAIN, full=True, allow_shrink=True).entry.rows_read == 49
    assert lake.load(shrunk, PLAIN, full=True).entry.rows_read == 49
