"""Replay: rows in quarantine that became good move to the table, each once, whatever dies when."""

import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.errors import BronzeError, ConcurrentLoad
from ingestion.bronze.leases.lease import lease
from ingestion.bronze.load import LoadResult, load
from ingestion.bronze.quarantine.replay import Replayed, replay
from ingestion.bronze.slices.plan import plan
from ingestion.protocols.files.store import Folder
from ingestion.source import Source
from ingestion.sources.vendor_files import SOURCE, FilesReader
from ingestion.spec import Rejected, Table
from tests.unit.bronze.memory import Lake, Memory, orders, source

PLAIN = Table("Orders", key=("Id",), cursor="UpdatedAt")
LENIENT = replace(PLAIN, severities={"null_key": "warn"})


class Killed(BaseException):
    """Nothing in the code under test can catch it."""


def kill(*_: object) -> None:
    raise Killed


def again(lake: Lake, table: Table = LENIENT, rule: str | None = None) -> Replayed:
    return replay(source(table), table, lake.settings, "run-2", rule)


def aside(lake: Lake) -> list[str]:
    return lake.values("rule", "memory__orders__quarantine")


@pytest.fixture
def reader(lake: Lake) -> Memory:
    """A good row and two bad ones, one of which the lenient rule lets in; loaded."""
    reader = Memory(orders(("a", 1), (None, 2), ("c", None), Note=["x", "", None], Raw=[b"\0", b"\xff", None]))
    lake.load(reader, PLAIN)
    assert aside(lake) == ["null_cursor", "null_key"]
    return reader


def test_what_is_still_bad_stays(lake: Lake, reader: Memory) -> None:
    version = lake.delta().version()
    result = again(lake, PLAIN)
    assert (result.looked_at, result.landed, result.kept) == (2, 0, {"null_key": 1, "null_cursor": 1})
    assert (lake.delta().version(), len(lake.quarantine())) == (version, 2)


def test_what_became_good_lands_as_the_source_would_have_brought_it(lake: Lake, reader: Memory) -> None:
    result = again(lake)
    assert (result.landed, result.already_there, result.kept) == (1, 0, {"null_cursor": 1})
    assert aside(lake) == ["null_cursor"]
    [row] = [row for row in lake.rows() if row["id"] is None]
    assert (row["note"], row["raw"], row["_run_id"]) == ("", b"\xff", "run-2")
    full = lake.load(reader, LENIENT, full=True)
    assert (full.landed, full.quarantined, full.entry.rows_already_there) == (0, 0, 3)
    told = lake.loads()[1]
    assert (told["kind"], told["rows_read"], told["rows_landed"]) == ("replay", 1, 1)


def test_a_replay_of_one_rule_leaves_the_others(lake: Lake, reader: Memory) -> None:
    assert again(lake, rule="null_cursor").looked_at == 1
    assert len(lake.quarantine()) == 2


def test_a_replay_does_not_move_the_watermark(lake: Lake, reader: Memory) -> None:
    watermark = lake.delta().transaction_version("memory.orders")
    again(lake)
    assert lake.delta().transaction_version("memory.orders") == watermark
    assert lake.load(reader, LENIENT).entry is None


@pytest.mark.parametrize("finisher", [again, lambda lake: lake.load(Memory(orders(("d", 9))), LENIENT)])
def test_death_before_the_removal_doubles_nothing(
    lake: Lake, reader: Memory, monkeypatch: pytest.MonkeyPatch, finisher: Callable[[Lake], object]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Bronze, "remove", kill)
        with pytest.raises(Killed):
            again(lake)
    assert len(lake.quarantine()) == 2
    finisher(lake)
    assert lake.values() == (["a", None] if finisher is again else ["a", "d", None])
    assert aside(lake) == (["null_cursor"] if finisher is again else [])  # the load's source has no such row now


def test_death_before_the_table_s_commit_loses_nothing(lake: Lake, reader: Memory, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Bronze, "append", kill)
        with pytest.raises(Killed):
            again(lake)
    assert (lake.values(), len(lake.quarantine())) == (["a"], 2)
    assert again(lake).landed == 1


def test_a_load_that_runs_keeps_a_replay_out(lake: Lake, reader: Memory) -> None:
    with lease(lake.settings, "memory__orders"), pytest.raises(ConcurrentLoad):
        again(lake)


def test_a_lake_that_refuses_is_said_in_one_line(lake: Lake, reader: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(Bronze, "remove", refuse)
        with pytest.raises(BronzeError, match=r"memory__orders: OSError: no space left; run the same command again"):
            again(lake)
    assert again(lake).landed == 0
    assert aside(lake) == ["null_cursor"]


def test_equal_bad_rows_stay_as_many(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), (None, 2), (None, 2))), PLAIN)
    assert again(lake).landed == 2
    assert (lake.values(), lake.quarantine()) == (["a", None, None], [])


def test_types_of_columns_that_only_bad_rows_had_are_kept(lake: Lake) -> None:
    lake.load(Memory(orders((None, 1), Count=pa.array([7], pa.int16()), Empty=pa.nulls(1))), PLAIN)
    again(lake)
    [row] = lake.rows()
    assert row["count"] == 7
    assert "empty" not in row


def test_what_a_source_cannot_parse_again_stays(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1)), rejected=[Rejected(b"{", "bad_json", "no end", "file:1")]), PLAIN)
    assert again(lake).kept == {"bad_json": 1}


def test_what_was_withheld_stays(lake: Lake) -> None:
    table = replace(PLAIN, exclude={"EMail": "personal"})
    lake.load(Memory(orders(("a", 1)), rejected=[Rejected(b"x", "bad_json", "no end", "file:1")]), table)
    assert again(lake, table).kept == {"bad_json": 1}


def test_only_what_the_source_rejected_is_parsed_by_it(lake: Lake, reader: Memory) -> None:
    parsed: list[Rejected] = []
    of = Source("memory", (PLAIN,), source().connect, parse=lambda _, one: parsed.append(one) or one)
    replay(of, PLAIN, lake.settings, "run-2")
    assert parsed == []


@dataclass
class Drop:
    """A vendor's bucket, and the lake it is loaded into."""

    lake: Lake
    folder: Path

    def put(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    def load(self, table: Table, full: bool = False) -> LoadResult:
        reader = FilesReader("vendor_files", Folder("vendor_files", self.folder))
        return load(SOURCE, reader, table, self.lake.settings, "run-1", planner=partial(plan, full=full))

    def replay(self, table: Table) -> Replayed:
        return replay(SOURCE, table, self.lake.settings, "run-2")

    def landed(self, table: Table) -> list[dict]:
        own = ("_ingest_ts", "_ingest_date", "_run_id", "_load_id", "_source")
        rows = self.lake.rows(f"vendor_files__{table.name}")
        return sorted(
            ({k: v for k, v in row.items() if k not in own} for row in rows), key=lambda row: row["_file_row"]
        )


@pytest.fixture
def drop(lake: Lake, tmp_path: Path) -> Drop:
    return Drop(lake, tmp_path / "bucket")


HEADER = b'vendor_id,sku,unit_cost,currency,"valid_from"\n'
PRICES, SHIPMENTS, RETURNS = SOURCE.tables
WITH_NOTE = replace(PRICES, columns={**PRICES.columns, "note": "string"})


def assert_replay_is_what_a_full_read_brings(drop: Drop, table: Table, landed: int) -> None:
    assert drop.replay(table).landed == landed
    replayed = drop.landed(table)
    assert drop.load(table, full=True).entry.rows_already_there >= landed
    assert drop.landed(table) == replayed
    assert {row["_file_row"] for row in replayed} == set(range(1, landed + 1))


def test_csv_records_are_parsed_again_with_their_header_at_their_place(drop: Drop) -> None:
    drop.put("price_list/a.csv.gz", HEADER + b'V1,"S,1",1,USD,2026-01-01\nV1,S2\n')
    assert drop.load(WITH_NOTE).landed == 0
    assert drop.replay(WITH_NOTE).kept == {"column_count": 2}
    assert_replay_is_what_a_full_read_brings(drop, PRICES, 1)
    assert [row["sku"] for row in drop.landed(PRICES)] == ["S,1"]
    assert drop.replay(PRICES).kept == {"column_count": 1}


def test_json_lines_are_parsed_again_by_the_parser_of_today(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(text: str) -> None:
        raise ValueError("an old parser")

    drop.put("shipments/a.jsonl.gz", b'{"shipment_id": "A", "quantity": 1}\n{"more": {"a": 1.10}}\nno json\n')
    with monkeypatch.context() as patch:
        patch.setattr("ingestion.protocols.files.formats.from_json", refuse)
        assert drop.load(SHIPMENTS).quarantined == 3
    assert_replay_is_what_a_full_read_brings(drop, SHIPMENTS, 2)
    assert [row["more"] for row in drop.landed(SHIPMENTS)] == [None, '{"a": 1.10}']


def test_a_parquet_row_of_another_kind_stays_until_its_column_is_declared_so(drop: Drop, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    drop.put("returns/a.parquet", b"")
    columns = {"return_id": ["R1"], "quantity": ["2"], "returned_at": ["2026-01-01T00:00:00Z"]}
    pq.write_table(pa.table(columns), drop.folder / "returns/a.parquet")
    assert drop.load(RETURNS).quarantined == 1
    assert drop.replay(RETURNS).kept == {"wrong_type": 1}
    texts = replace(RETURNS, columns={**RETURNS.columns, "quantity": "string", "returned_at": "string"})
    assert drop.replay(texts).landed == 1
    assert drop.landed(texts)[0]["quantity"] == 2


def test_what_is_bad_as_a_whole_file_is_left_to_the_file(drop: Drop) -> None:
    drop.put("price_list/a.csv", gzip.compress(HEADER)[:-9])
    (drop.folder / "price_list/a.csv").rename(drop.folder / "price_list/a.csv.gz")
    drop.load(PRICES)
    assert drop.replay(PRICES).kept == {"truncated_gzip": 1}


READS_A_LITTLE = """
import sys
from ingestion.bronze.delta.table import Bronze
batch = next(Bronze(sys.argv[1], "memory__orders").rows(["rule", "payload"], "it's"))
print(batch.num_rows)
"""


def test_a_process_that_reads_some_kept_rows_ends(tmp_path: Path) -> None:
    for _ in range(3):
        kept = pa.table({"rule": ["it's"] * 3_000, "payload": [os.urandom(400).hex() for _ in range(3_000)]})
        write_deltalake(tmp_path, kept, mode="append")
    command = [sys.executable, "-c", READS_A_LITTLE, str(tmp_path)]
    for _ in range(3):
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
        assert int(done.stdout) == 1_000, "a few at a time: payloads may be long"
