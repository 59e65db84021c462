"""Files of vendors, good and bad, from a folder that stands for the bucket."""

import gzip
import io
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.clock import Clock
from ingestion.protocols.files.rows import row_id, row_ids
from ingestion.protocols.files.store import Folder
from ingestion.sources.vendor_files import SOURCE, FilesReader
from ingestion.spec import Rejected, SourceError, SourceUnavailable, Table

HEADER = b"vendor_id,sku,unit_cost,currency,valid_from\n"
GOOD = b"V1,S1,1.50,USD,2026-01-01\n"
Read = Callable[..., tuple[list[dict], list[Rejected]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(table: str, name: str, content: bytes) -> tuple[list[dict], list[Rejected]]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (1_767_225_600, 1_767_225_600))
        reader, spec = FilesReader("vendor_files", Folder("vendor_files", tmp_path)), SOURCE.table(table)
        spec = Table(**{**vars(spec), "path": f"{Path(name).parent}/*"})
        found = list(reader.read(spec, reader.slices(spec, Clock("vendor_files"))))
        rows = [row for part in found if isinstance(part, pa.Table) for row in part.to_pylist()]
        return rows, [part for part in found if isinstance(part, Rejected)]

    return read


def price(read: Read, content: bytes) -> tuple[list[dict], list[Rejected]]:
    return read("price_list", "price_list/a.csv.gz", gzip.compress(content, mtime=0))


def ship(read: Read, content: bytes) -> tuple[list[dict], list[Rejected]]:
    return read("shipments", "shipments/a.jsonl.gz", gzip.compress(content, mtime=0))


def shipment(**values: object) -> bytes:
    good = {"shipment_id": "A1", "vendor_id": "V1", "sku": "S1", "warehouse_id": "W1", "quantity": 3}
    instants = dict.fromkeys(("shipped_at", "expected_at", "received_at"), "2026-01-01T00:00:00.000001Z")
    return json.dumps({**good, **instants, **values}, ensure_ascii=False).encode() + b"\n"


def parquet(**columns: pa.Array) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def test_csv_rows_are_text_and_know_their_place(read: Read) -> None:
    rows, rejected = price(read, HEADER + GOOD + b'V2,"S,2","a ""b""\nc\xf0\x9f\x98\x80",,\n')
    assert not rejected
    assert [row["_file_row"] for row in rows] == [1, 2]
    assert rows[1]["sku"] == "S,2"
    assert rows[1]["unit_cost"] == 'a "b"\nc😀'
    assert rows[1]["currency"] == ""
    assert {row["_file"] for row in rows} == {"price_list/a.csv.gz"}
    assert rows[1]["_version"] == 1_767_225_600 * 10**9 + 2
    assert rows[0]["_row_id"] != rows[1]["_row_id"]


def test_the_ids_of_many_rows_are_those_of_each() -> None:
    unit = "price_list/a'b.csv#e{1}#$1"
    numbers = pa.chunked_array([[1, 2], [10**9]])
    assert row_ids(unit, numbers).to_pylist() == [row_id(unit, number) for number in numbers.to_pylist()]


def test_a_byte_order_mark_is_no_part_of_the_first_name(read: Read) -> None:
    rows, rejected = price(read, b"\xef\xbb\xbf" + HEADER + GOOD)
    assert not rejected
    assert rows[0]["vendor_id"] == "V1"


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"V1,S1,1.50,USD\n", "column_count"),
        (b"V1,S1,1.50,USD,2026-01-01,more\n", "column_count"),
        (b"V1,M\xfcller,1.50,USD,2026-01-01\n", "bad_encoding"),
        (b'V1,"S"1,1.50,USD,2026-01-01\n', "bad_quotes"),
    ],
)
def test_a_bad_csv_record_is_kept_out_and_its_neighbours_land(read: Read, line: bytes, rule: str) -> None:
    rows, (bad,) = price(read, HEADER + GOOD + line + GOOD)
    assert (bad.rule, bad.position, bad.payload) == (rule, "price_list/a.csv.gz:2", line.rstrip(b"\n"))
    assert [row["_file_row"] for row in rows] == [1, 3]


@pytest.mark.parametrize("torn", [b"V1,S1", b'V1,S1,"1.5'])
def test_a_torn_last_line_is_called_so(read: Read, torn: bytes) -> None:
    rows, (bad,) = price(read, HEADER + GOOD + torn)
    assert (bad.rule, bad.payload, len(rows)) == ("torn_line", torn, 1)


def test_a_last_line_without_an_end_is_a_row_when_it_is_complete(read: Read) -> None:
    assert len(price(read, HEADER + GOOD.rstrip())[0]) == 1


def test_a_header_without_a_declared_column_keeps_every_record_out(read: Read) -> None:
    rows, rejected = price(read, b"vendor_id,sku,unit_cost,valid_from\nV1,S1,1,2026-01-01\nV2,S2,1,2026-01-01\n")
    assert not rows
    assert [(bad.rule, bad.message) for bad in rejected] == [("column_count", "the header lacks currency")] * 2


def test_a_further_column_in_the_header_is_a_further_column(read: Read) -> None:
    rows, rejected = price(read, HEADER.rstrip() + b",note\n" + GOOD.rstrip() + b",new\n")
    assert not rejected
    assert rows[0]["note"] == "new"


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0), gzip.compress(HEADER, mtime=0)])
def test_an_empty_file_is_a_file_without_rows(read: Read, content: bytes) -> None:
    assert read("price_list", "price_list/a.csv.gz", content) == ([], [])


def test_of_a_gzip_cut_short_nothing_lands(read: Read) -> None:
    content = gzip.compress(HEADER + GOOD * 1000, mtime=0)[:-20]
    rows, (bad,) = read("price_list", "price_list/a.csv.gz", content)
    assert not rows
    assert (bad.rule, bad.position, bad.payload) == ("truncated_gzip", "price_list/a.csv.gz", content)


def test_what_is_called_gzip_and_is_none_is_kept_out(read: Read) -> None:
    assert [bad.rule for bad in read("price_list", "price_list/a.csv.gz", HEADER)[1]] == ["bad_gzip"]


def test_plain_files_are_read_by_their_name(read: Read) -> None:
    assert len(read("price_list", "price_list/a.csv", HEADER + GOOD)[0]) == 1
    assert len(read("shipments", "shipments/a.jsonl", shipment())[0]) == 1
    found = [(bad.rule, bad.payload) for bad in read("shipments", "unknown/a.xlsx", b"x")[1]]
    assert found == [("unknown_format", b"x")]


def test_json_lines_take_their_types_from_the_spec(read: Read) -> None:
    rows, rejected = ship(read, shipment(quantity=9007199254740993, extra={"a": 0.1}, sku=1.10) + b"\n" + shipment())
    assert not rejected
    assert rows[0]["quantity"] == 9007199254740993
    assert rows[0]["shipped_at"] == datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    assert rows[0]["extra"] == '{"a": 0.1}'
    assert rows[0]["sku"] == "1.1"
    assert rows[1]["extra"] is None
    assert [row["_file_row"] for row in rows] == [1, 3]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"{nonsense}\n", "bad_json"),
        (b"[1]\n", "bad_json"),
        (b'"text"\n', "bad_json"),
        (b"[" * 100_000 + b"\n", "bad_json"),
        (b'{"sku": "M\xfcller"}\n', "bad_encoding"),
        (b'{"sku": "\\ud800"}\n', "bad_encoding"),
        (b'{"sku": "S1", "sku": "S2"}\n', "duplicate_member"),
        (b'{"sku": "S1", "more": [{"a": 1, "a": 1}]}\n', "duplicate_member"),
        (shipment(more=1, More=1), "colliding_names"),
        (shipment(Sku="S1"), "colliding_names"),
        (shipment(_row_id="x"), "reserved_name"),
        (shipment(_File="x"), "reserved_name"),
        (shipment(quantity="twelve"), "wrong_type"),
        (shipment(quantity=2.5), "wrong_type"),
        (shipment(quantity=[1]), "wrong_type"),
        (shipment(shipped_at="yesterday"), "wrong_type"),
        (shipment(shipped_at=""), "wrong_type"),
    ],
)
def test_a_bad_json_line_is_kept_out_and_its_neighbours_land(read: Read, line: bytes, rule: str) -> None:
    rows, (bad,) = ship(read, shipment() + line + shipment())
    assert (bad.rule, bad.position, bad.payload) == (rule, "shipments/a.jsonl.gz:2", line.rstrip(b"\n"))
    assert [row["_file_row"] for row in rows] == [1, 3]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"quantity": ""}, "column quantity: '' is not a bigint"),
        ({"shipped_at": "1/2/2026"}, "column shipped_at: '1/2/2026' is not a timestamp"),
    ],
)
def test_a_message_names_the_type_as_the_spec_does(read: Read, values: dict[str, str], message: str) -> None:
    assert [bad.message for bad in ship(read, shipment(**values))[1]] == [message]


def test_spellings_of_one_column_are_one_column_whichever_line_has_which(read: Read) -> None:
    lines = [shipment(moreOf="a"), shipment(more_of="b"), b'{"shipmentId": "A2", "Quantity": 4}\n']
    rows, [] = ship(read, b"".join(lines))
    assert [row["moreOf"] for row in rows] == ["a", "b", None]
    assert [(row["shipment_id"], row["quantity"]) for row in rows] == [("A1", 3), ("A1", 3), ("A2", 4)]


def test_a_csv_header_with_two_spellings_of_one_column_keeps_every_record_out(read: Read) -> None:
    rows, (bad,) = price(read, HEADER.replace(b"\n", b",Sku\n") + GOOD.replace(b"\n", b",S\n"))
    assert not rows
    assert (bad.rule, bad.message) == ("colliding_names", "'sku', 'Sku' are all called sku in bronze")


@pytest.mark.parametrize("header", [b"id;name\n1;a\n", b"id\tname\n1\ta\n", b"id|name\n1|a\n"])
def test_a_csv_file_with_another_delimiter_is_quarantined_where_no_column_is_declared(
    tmp_path: Path, header: bytes
) -> None:
    (tmp_path / "a.csv").write_bytes(header)
    spec = Table("any", key=("_file", "_file_row"), kind="files", path="*.csv")
    reader = FilesReader("vendor_files", Folder("vendor_files", tmp_path))
    [bad] = list(reader.read(spec, reader.slices(spec, Clock("vendor_files"))))
    assert isinstance(bad, Rejected)
    assert (bad.rule, bad.payload) == ("bad_header", header.splitlines()[1])


def test_a_gzip_that_unpacks_to_more_than_the_setting_allows_is_quarantined(tmp_path: Path) -> None:
    packed = gzip.compress(HEADER + GOOD * 100_000)
    (tmp_path / "price_list").mkdir()
    (tmp_path / "price_list" / "a.csv.gz").write_bytes(packed)
    spec = SOURCE.table("price_list")

    def read(limit: int) -> list[pa.Table | Rejected]:
        reader = FilesReader("vendor_files", Folder("vendor_files", tmp_path), limit)
        return list(reader.read(spec, reader.slices(spec, Clock("vendor_files"))))

    [bad] = read(1_000_000)
    assert isinstance(bad, Rejected)
    assert (bad.rule, bad.payload) == ("unpacked_too_large", packed)
    assert "SOURCES__VENDOR_FILES__UNPACKED_LIMIT_BYTES" in bad.message
    assert sum(part.num_rows for part in read(10_000_000) if isinstance(part, pa.Table)) == 100_000


def test_objects_that_match_no_table_are_listed(tmp_path: Path) -> None:
    keys = ["a.csv", "price_list/A.CSV.GZ", "price_list/2026/a.csv.gz", "price_list/a.zip", "price_list/a.csv.gz"]
    for key in keys:
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(b"")
    reader = FilesReader("vendor_files", Folder("vendor_files", tmp_path))
    assert sorted(reader.unmatched(SOURCE.tables)) == sorted(keys[:-1])


@pytest.mark.parametrize("name", ["_row_id", "_Version", "_file", "_file_row", "_ingest_ts", "_source", "_load_id"])
def test_an_object_with_a_column_of_bronzes_own_is_kept_out(read: Read, name: str) -> None:
    rows, (bad,) = price(read, HEADER.rstrip() + b"," + name.encode() + b"\n" + GOOD.rstrip() + b",x\n")
    assert (rows, bad.rule) == ([], "reserved_name")
    rows, (bad,) = read("returns", "returns/a.parquet", parquet(**{"return_id": pa.array(["R1"]), name: pa.array([1])}))
    assert (rows, bad.rule, bad.position) == ([], "reserved_name", "returns/a.parquet")


def test_an_excluded_column_of_bronzes_own_name_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x,_row_id\n1,theirs\n")
    (tmp_path / "b.jsonl").write_bytes(b'{"x": 1, "_row_id": "theirs"}\n{"x": [1], "_row_id": "theirs"}\n')
    table = Table("t", key=(), kind="files", path="*", exclude={"_row_id": "their own"})
    reader = FilesReader("vendor_files", Folder("vendor_files", tmp_path))
    parts = list(reader.read(table, reader.slices(table, Clock("vendor_files"))))
    ids = [row["_row_id"] for part in parts if isinstance(part, pa.Table) for row in part.to_pylist()]
    assert (len(ids), len(set(ids)), "theirs" in ids) == (3, 3, False)


@pytest.mark.parametrize("names", [["sku", "sku"], ["sku", "Sku"], ["Sku", "reason"]])
def test_a_parquet_file_with_one_name_for_two_columns_is_kept_out(read: Read, names: list[str]) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=names), buffer)
    rows, (bad,) = read("returns", "returns/a.parquet", buffer.getvalue())
    assert (rows, bad.rule) == ([], "colliding_names")


def test_a_torn_json_line_is_called_so(read: Read) -> None:
    rows, (bad,) = ship(read, shipment() + shipment()[:20])
    assert (bad.rule, len(rows)) == ("torn_line", 1)


def test_a_parquet_column_of_another_kind_keeps_every_row_out(read: Read) -> None:
    content = parquet(return_id=pa.array(["R1", "R2"]), quantity=pa.array(["1", "2"]))
    rows, rejected = read("returns", "returns/a.parquet", content)
    assert not rows
    assert [(bad.rule, bad.position) for bad in rejected] == [
        ("wrong_type", "returns/a.parquet:1"),
        ("wrong_type", "returns/a.parquet:2"),
    ]
    assert json.loads(rejected[0].payload)["return_id"] == "R1"


def test_parquet_columns_are_widened_and_missing_ones_are_null(read: Read) -> None:
    content = parquet(
        return_id=pa.array(["R1", None]),
        quantity=pa.array([1, None], pa.int16()),
        returned_at=pa.array([1, None], pa.timestamp("ms")),
        tags=pa.array([["a"], None], pa.list_(pa.string())),
    )
    rows, rejected = read("returns", "returns/a.parquet", content)
    assert not rejected
    assert rows[0]["returned_at"] == datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)
    assert (rows[0]["quantity"], rows[0]["tags"], rows[0]["reason"]) == (1, ["a"], None)
    assert rows[1]["returned_at"] is None


def test_what_is_called_parquet_and_is_none_is_kept_out(read: Read) -> None:
    assert [bad.rule for bad in read("returns", "returns/a.parquet", b"PAR1 nonsense")[1]] == ["bad_parquet"]


def test_the_same_file_read_twice_gives_the_same_rows(read: Read) -> None:
    assert ship(read, shipment() * 3) == ship(read, shipment() * 3)


def test_objects_are_listed_oldest_first_and_only_on_their_level(tmp_path: Path) -> None:
    for name, time in (("price_list/b.csv.gz", 1), ("price_list/a.csv.gz", 2), ("price_list/old/c.csv.gz", 0)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 10)
        os.utime(path, (time, time))
    reader = FilesReader("vendor_files", Folder("vendor_files", tmp_path))
    parts = reader.slices(SOURCE.table("price_list"), Clock("vendor_files"))
    assert [part.partition_id.split("#")[0] for part in parts] == ["price_list/b.csv.gz", "price_list/a.csv.gz"]
    assert [(part.low, part.high, part.bytes) for part in parts] == [(None, 1, 10)] * 2


def test_a_file_that_changes_after_it_was_listed_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "price_list" / "a.csv.gz"
    path.parent.mkdir()
    path.write_bytes(b"1")
    reader, table = FilesReader("vendor_files", Folder("vendor_files", tmp_path)), SOURCE.table("price_list")
    parts = reader.slices(table, Clock("vendor_files"))
    path.write_bytes(b"12")
    with pytest.raises(SourceError, match=r"price_list/a.csv.gz.*changed after it was listed"):
        list(reader.read(table, parts))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    reader = FilesReader("vendor_files", Folder("vendor_files", tmp_path / "none"))
    with pytest.raises(SourceUnavailable, match="none"):
        reader.slices(SOURCE.table("price_list"), Clock("vendor_files"))
