"""Silver follows the source through changes, deletions and returns: payments by CDC, visits by comparing keys."""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from ingestion.bronze.load import LoadResult, load
from ingestion.bronze.quarantine.replay import replay
from ingestion.bronze.slices.plan import plan
from ingestion.protocols.files.store import Folder
from ingestion.settings import PROJECT, Settings
from ingestion.source import Reader, Source
from ingestion.sources.cdc import SOURCE as CDC
from ingestion.sources.cdc import CdcSettings, ChangesReader
from ingestion.sources.postgres import SOURCE as POSTGRES
from tests.integration.lakes import build
from tests.unit.bronze.memory import Memory
from tests.unit.sources.mysql import COLUMNS, Mysql, source_rows

ENDINGS = (".parquet", ".csv", ".csv.gz")
INSTANT = pa.timestamp("us", "UTC")


@dataclass
class Lake:
    """A lake of payments and visits."""

    home: Path

    def load(self, source: Source, table: str, reader: Reader, *, reconcile: bool = False) -> LoadResult:
        planner = partial(plan, reconcile=reconcile)
        return load(source, reader, source.table(table), Settings.load(), "run-1", planner=planner)

    def build(self) -> None:
        """Silver of both."""
        build(self.home, "payments", "user_sessions")

    def silver(self, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (
            DeltaTable(str(self.home / "lake" / "silver" / name)).to_pyarrow_table().to_pylist()
        )
        return rows


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LAKEHOUSE_")]:
            patch.delenv(name)
        patch.setenv("LAKEHOUSE_HOME", str(tmp_path))
        patch.chdir(PROJECT)
        yield Lake(tmp_path)


def visits(*rows: tuple[str, int]) -> Memory:
    """PostgreSQL's visits: id, and the minute of the last change."""
    moments = [datetime(2026, 10, 1, tzinfo=UTC) + timedelta(minutes=minute) for _, minute in rows]
    columns = {
        name: pa.array([f"{name} of {key}" for key, _ in rows]) for name in ("user_id", "device_type", "ip_address")
    }
    times = dict.fromkeys(("started_at", "ended_at", "updated_at"), pa.array(moments, INSTANT))
    return Memory(pa.table({"session_id": pa.array([key for key, _ in rows]), **columns, **times}), cursor="updated_at")


def history(dice: random.Random) -> tuple[Mysql, list[tuple[str, bytes]], set[str]]:
    """A table of MySQL after 1,500 changes of 200 keys, the files that tell of them, and every key there ever was."""
    database = Mysql()
    for number in range(100):
        database.toggle(f"P{number}", number)
    seen, files = set(database.rows), [database.full_load(".parquet")]
    for _ in range(1500):
        key = f"P{dice.randrange(200)}"
        dice.choice((database.toggle, database.update))(key, dice.randrange(10**6))
        seen |= set(database.rows)
        if database.log and dice.random() < 0.03:
            files.append(database.change_file(dice.choice(ENDINGS)))
    return database, [*files, database.change_file(".parquet")], seen


def test_silver_equals_the_source_after_changes_deletions_and_returns(lake: Lake, tmp_path: Path) -> None:
    dice = random.Random(7)  # noqa: S311
    database, files, seen = history(dice)
    copies = [(name.replace(".", "-copy.", 1), data) for name, data in dice.sample(files, 10)]
    arriving = [*files, *copies]
    dice.shuffle(arriving)
    folder = tmp_path / "drop" / "shop" / "payments"
    folder.mkdir(parents=True)
    changes = ChangesReader(Folder("cdc", tmp_path / "drop"), CdcSettings(""))

    lake.load(POSTGRES, "user_sessions", visits(("a", 1), ("b", 2), ("c", 3), ("d", 4)))
    set_aside = 0
    for index, (name, data) in enumerate(arriving):
        (folder / name).write_bytes(data)
        if index in (len(arriving) // 3, len(arriving) * 2 // 3):
            with pytest.MonkeyPatch.context() as patch:  # a parser that sets aside what it will know later
                patch.setattr("ingestion.protocols.dms.changes.OPS", ("I", "D"))
                set_aside += lake.load(CDC, "payments", changes).quarantined
    lake.load(POSTGRES, "user_sessions", visits(("b", 2), ("c", 3), ("d", 4)), reconcile=True)
    lake.build()
    assert {row["session_id"]: row["is_deleted"] for row in lake.silver("user_sessions")} == {
        "a": True, "b": False, "c": False, "d": False,
    }  # fmt: skip

    assert lake.load(CDC, "payments", changes).landed > 0
    assert replay(CDC, CDC.table("payments"), Settings.load(), "run-2").landed == set_aside > 0
    lake.load(POSTGRES, "user_sessions", visits(("c", 3), ("d", 4), ("a", 9)), reconcile=True)
    lake.build()
    payments = lake.silver("payments")
    assert {tuple(row[name] for name in COLUMNS) for row in payments if not row["is_deleted"]} == set(
        source_rows(database)
    )
    assert len(payments) == len(seen)
    assert {row["payment_id"] for row in payments if row["is_deleted"]} == seen - set(database.rows)
    ends = {row["session_id"]: (row["is_deleted"], row["user_id"]) for row in lake.silver("user_sessions")}
    assert ends == {key: (key == "b", f"user_id of {key}") for key in "abcd"}
