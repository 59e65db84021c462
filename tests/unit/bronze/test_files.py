"""Files: an object is loaded once, known by key, ETag and size."""

import pyarrow as pa

from ingestion.spec import Table
from tests.unit.bronze.memory import Files, Lake

PRICES = Table("Orders", key=("_file", "_file_row"), kind="files", path="prices/*.csv")


def prices(*skus: str | None) -> pa.Table:
    return pa.table({"sku": list(skus)})


def test_each_object_is_loaded_once(lake: Lake) -> None:
    reader = Files({"prices/1.csv": prices("s1", "s2")})
    assert lake.load(reader, PRICES).landed == 2
    assert lake.load(reader, PRICES).entry is None
    reader.objects["prices/2.csv"] = prices("s1")
    assert lake.load(reader, PRICES).landed == 1
    assert lake.values("sku") == ["s1", "s1", "s2"]
    assert lake.values("_row_id")[0] == "prices/1.csv#e#2:1"
    assert lake.delta().transaction_version("memory.orders/prices/2.csv#e#1") == 1


def test_a_changed_object_is_loaded_as_a_whole(lake: Lake) -> None:
    reader = Files({"prices/1.csv": prices("s1")})
    lake.load(reader, PRICES)
    reader.objects["prices/1.csv"] = prices("s1", "s2")
    assert lake.load(reader, PRICES).landed == 2


def test_an_empty_object_is_remembered(lake: Lake) -> None:
    reader = Files({"prices/1.csv": prices()})
    assert lake.load(reader, PRICES).entry.units == 1
    assert lake.load(reader, PRICES).entry is None


def test_a_bad_row_says_its_line_and_keeps_its_id(lake: Lake) -> None:
    table = Table("Orders", key=("sku",), kind="files", path="prices/*.csv")
    lake.load(Files({"prices/1.csv": prices("s1", None)}), table)
    [bad] = lake.quarantine()
    assert (bad["rule"], bad["position"], bad["_row_id"]) == ("null_key", "prices/1.csv:2", "prices/1.csv#e#2:2")


def test_a_missing_key_column_quarantines_the_file_s_rows(lake: Lake) -> None:
    table = Table("Orders", key=("vendor_id", "sku"), kind="files", path="prices/*.csv")
    result = lake.load(Files({"prices/1.csv": prices("s1", "s2")}), table)
    assert (result.landed, result.quarantined) == (0, 2)


def test_a_full_load_of_files_reads_all_and_doubles_none(lake: Lake) -> None:
    reader = Files({"prices/1.csv": prices("s1"), "prices/2.csv": prices("s2")})
    lake.load(reader, PRICES)
    result = lake.load(reader, PRICES, full=True)
    assert (result.entry.rows_read, result.entry.rows_already_there, result.landed) == (2, 2, 0)
