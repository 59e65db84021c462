"""DMS's change files: whatever their order of arrival, the last change of each key holds."""

import gzip
import io
import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.clock import Clock
from ingestion.protocols.dms.changes import parse_again
from ingestion.protocols.files.store import Folder
from ingestion.sources.cdc import SOURCE, CdcSettings, ChangesReader
from ingestion.spec import Rejected, SourceError
from tests.unit.sources.mysql import COLUMNS, Mysql, source_rows, written

PAYMENTS = SOURCE.table("payments")
FOLDER = "shop/payments"
ENDINGS = (".parquet", ".csv", ".csv.gz")
ROW = dict.fromkeys(COLUMNS) | {"Op": "I", "dms_ts": "2026-10-01 08:00:00.000000", "payment_id": "a"}


@dataclass
class Drop:
    """A folder that stands for the bucket, and what was read from it, once each, as bronze keeps it."""

    root: Path
    held: set[str] = field(default_factory=set)
    rows: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    loads: int = 0

    def put(self, name: str, data: bytes) -> None:
        path = self.root / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        digest = zlib.crc32(data)  # a folder's ETag is the file's time; S3's is of the bytes
        os.utime(path, ns=(digest, digest))

    def load(self) -> int:
        """Read what is new; returns how many rows."""
        reader = ChangesReader(Folder("cdc", self.root), CdcSettings(str(self.root)))
        parts = [part for part in reader.slices(PAYMENTS, Clock("cdc")) if part.partition_id not in self.held]
        read = list(reader.read(PAYMENTS, parts))
        self.held |= {part.partition_id for part in parts}
        self.loads += 1
        found = [row for part in read if isinstance(part, pa.Table) for row in part.to_pylist()]
        self.rows += [row | {"_load": self.loads} for row in found]
        self.rejected += [part for part in read if isinstance(part, Rejected)]
        return len(found)

    def alive(self) -> set[tuple[Any, ...]]:
        """What silver holds and doesn't flag."""
        ordered = sorted(self.rows, key=lambda row: (row["_version"], row["_load"], row["_row_id"]))
        latest = {row["payment_id"]: row for row in ordered}
        return {tuple(row[name] for name in COLUMNS) for row in latest.values() if row["_op"] != "D"}


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path)


CHANGES = st.lists(st.tuples(st.sampled_from("iiuu/"), st.sampled_from("ab"), st.integers(0, 3)), max_size=30)
"""i: insert or delete, u: update, /: DMS writes a file."""


@given(changes=CHANGES, data=st.data())
@settings(max_examples=50, deadline=None)
def test_the_last_change_holds_in_whatever_order_files_arrive_and_arrive_again(
    changes: list[tuple[str, str, int]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    database, drop = Mysql(), Drop(tmp_path_factory.mktemp("drop"))
    ending = lambda: data.draw(st.sampled_from(ENDINGS))  # noqa: E731
    for key in "ab":
        database.toggle(key, 1)
    files = [database.full_load(ending())]
    for what, key, amount in [*changes, ("/", "", 0)]:
        if what == "i":
            database.toggle(key, amount)
        elif what == "u":
            database.update(key, amount)
        elif database.log:
            files.append(database.change_file(ending()))
    files += [(name.replace(".", "-copy.", 1), content) for name, content in files]
    once, again = range(len(files) // 2), data.draw(st.lists(st.integers(0, len(files) - 1), max_size=4))
    for index in data.draw(st.permutations([*once, *again])):
        drop.put(*files[index])
        if data.draw(st.booleans()):
            drop.load()
    drop.load()
    assert drop.alive() == set(source_rows(database))
    assert len({row["_row_id"] for row in drop.rows}) == len(drop.rows)
    assert not drop.rejected


def test_a_table_that_is_loaded_anew_wins_over_its_older_changes(drop: Drop) -> None:
    database = Mysql()
    database.toggle("a", 1)
    drop.put(*database.full_load(".parquet"))
    database.update("a", 2)
    drop.put(*database.change_file(".csv"))
    drop.load()
    database.update("a", 3)  # while no task runs
    drop.put(*database.full_load(".parquet"))
    drop.load()
    assert drop.alive() == set(source_rows(database))
    database.update("a", 4)
    drop.put(*database.change_file(".csv"))
    drop.load()
    assert drop.alive() == set(source_rows(database))


def test_a_change_says_what_happened_when_and_where(drop: Drop) -> None:
    database = Mysql()
    database.toggle("a", 1)
    database.toggle("a", 1)
    name, data = database.change_file(".parquet")
    drop.put(f"2026/10/01/{name}", data)  # DatePartitionEnabled
    drop.load()
    assert [(row["_op"], row["_seq"], row["_file_row"]) for row in drop.rows] == [
        ("I", 20261001080000001, 1),
        ("D", 20261001080000001, 2),
    ]
    first, second = drop.rows
    assert first["_commit_ts"] == second["_commit_ts"] == datetime(2026, 10, 1, 8, tzinfo=UTC)
    assert second["_version"] == first["_version"] + 1
    assert first["_file"] == f"{FOLDER}/2026/10/01/{name}"


def test_a_file_is_read_again_under_its_name_only_if_its_bytes_changed(drop: Drop) -> None:
    name = "20261001-080000001.csv"
    drop.put(name, written([ROW], ".csv"))
    drop.put(name.replace(".", "-resend."), written([ROW], ".csv"))
    assert [drop.load(), drop.load()] == [1, 0]
    drop.put(name, written([ROW | {"status": "mended"}], ".csv"))
    assert drop.load() == 1
    assert [row[4] for row in drop.alive()] == ["mended"]


@pytest.mark.parametrize(
    ("name", "shape", "setting"),
    [
        ("20261001-080000001.csv", lambda data: data.partition(b"\n")[2], "AddColumnName=true"),
        ("LOAD00000001.csv", lambda data: data.replace(b"Op,", b"Zz,", 1), "IncludeOpForFullLoad=true"),
        ("20261001-080000001.csv", lambda data: data.replace(b"Op,", b"Zz,", 1), "CdcInsertsOnly=false"),
        ("LOAD00000001.csv", lambda data: data.replace(b"dms_ts", b"zz", 1), "TimestampColumnName=dms_ts"),
    ],
)
def test_an_endpoint_that_lacks_a_setting_is_an_error_that_names_it(
    drop: Drop, name: str, shape: Callable[[bytes], bytes], setting: str
) -> None:
    drop.put(name, shape(written([ROW], ".csv")))
    with pytest.raises(SourceError, match=rf"cdc\.payments: {FOLDER}/{name} has no column .*{setting}.*endpoint"):
        drop.load()


@pytest.mark.parametrize(
    ("name", "changes", "rule"),
    [
        ("notes.csv", [ROW], "unknown_name"),
        ("20261301-080000001.csv", [ROW], "unknown_name"),
        ("20261001-080000001.txt", [ROW], "unknown_name"),
        ("20261001-080000001.csv", [ROW | {"Op": "X"}], "bad_op"),
        ("20261001-080000001.parquet", [ROW | {"Op": None}], "bad_op"),
        ("LOAD00000001.csv", [ROW | {"dms_ts": None}], "bad_op"),
        ("20261001-080000001.csv", [ROW | {"amount": "1.005"}], "wrong_type"),
        ("20261001-080000001.csv", [ROW | {"paid_at": "0000-00-00 00:00:00"}], "wrong_type"),
        ("20261001-080000001.csv", [ROW | {"dms_ts": "yesterday"}], "wrong_type"),
    ],
)
def test_what_is_no_change_is_set_aside_with_its_place_and_the_others_are_kept(
    drop: Drop, name: str, changes: Sequence[dict[str, Any]], rule: str
) -> None:
    drop.put(name, written([*changes, ROW] if rule != "unknown_name" else list(changes), Path(name).suffix))
    assert drop.load() == (0 if rule == "unknown_name" else 1)
    (bad,) = drop.rejected
    assert bad.rule == rule
    assert bad.position == f"{FOLDER}/{name}" + ("" if rule == "unknown_name" else ":1")
    assert drop.load() == 0


def encoded(row: dict[str, Any], ending: str) -> bytes:
    """A file of one row with these columns."""
    if ending == ".parquet":
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pylist([row]), buffer)
        return buffer.getvalue()
    text = f"{','.join(row)}\n{','.join(value or 'NULL' for value in row.values())}\n".encode()
    return gzip.compress(text) if ending.endswith(".gz") else text


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_dropped_column_is_null_from_then_on_and_a_new_one_is_kept(drop: Drop, ending: str) -> None:
    changed = {name: value for name, value in ROW.items() if name != "currency"} | {"fee": "0.10", "amount": "1.50"}
    drop.put(f"20261001-080000001{ending}", encoded(changed, ending))
    drop.load()
    assert [(row["currency"], row["fee"], row["amount"]) for row in drop.rows] == [(None, "0.10", Decimal("1.50"))]
    assert not drop.rejected


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("names", [("amount", "Amount"), ("Amount",), ("Fee", "fee")], ids=", ".join)
def test_a_file_with_two_spellings_of_a_column_is_quarantined_and_the_others_land(
    drop: Drop, ending: str, names: tuple[str, ...]
) -> None:
    colliding = {name: value for name, value in ROW.items() if name != "amount"} | dict.fromkeys(names, "1.50")
    drop.put(f"20261001-080000001{ending}", encoded(colliding, ending))
    drop.put(f"20261001-080000002{ending}", written([ROW], ending))
    assert drop.load() == 1
    (bad,) = drop.rejected
    assert bad.rule == "colliding_names"
    again = parse_again(PAYMENTS, bad)
    assert isinstance(again, Rejected)
    assert again.rule == "colliding_names"


def test_an_empty_file_and_one_without_rows_bring_nothing(drop: Drop) -> None:
    drop.put("20261001-080000001.csv", b"")
    drop.put("20261001-080000002.csv", written([], ".csv"))
    drop.put("20261001-080000003.parquet", written([], ".parquet"))
    assert (drop.load(), drop.rejected) == (0, [])


def test_null_and_an_empty_text_stay_two_things(drop: Drop) -> None:
    drop.put("20261001-080000001.csv", written([ROW | {"method": None, "status": ""}], ".csv"))
    drop.load()
    assert [(row["method"], row["status"]) for row in drop.rows] == [(None, "")]
