"""Replay of changes: one that was set aside and is mended lands as if it had landed at once."""

import os
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ingestion.bronze.load import LoadResult, load
from ingestion.bronze.quarantine.replay import Replayed, replay
from ingestion.protocols.files.store import Folder
from ingestion.sources.cdc import SOURCE, CdcSettings, ChangesReader
from ingestion.values.cast import try_cast
from tests.unit.bronze.memory import Lake
from tests.unit.sources.mysql import Mysql, written

PAYMENTS = SOURCE.table("payments")
LOADS_OWN = ("_ingest_ts", "_ingest_date", "_run_id", "_load_id", "_source")
ENDINGS = (".parquet", ".csv", ".csv.gz")


@dataclass
class Payments:
    """Change files in a folder, and the lake that they are loaded into."""

    lake: Lake
    folder: Path
    timestamp_column: str = "dms_ts"

    def put(self, name: str, data: bytes) -> None:
        path = self.folder / "shop" / "payments" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        digest = zlib.crc32(data)  # the same file everywhere, as in S3
        os.utime(path, ns=(digest, digest))

    def load(self) -> LoadResult:
        reader = ChangesReader(Folder("cdc", self.folder), CdcSettings("", self.timestamp_column))
        return load(SOURCE, reader, PAYMENTS, self.lake.settings, "run-1")

    def replay(self) -> Replayed:
        return replay(SOURCE, PAYMENTS, self.lake.settings, "run-2")

    def rows(self) -> list[dict[str, Any]]:
        rows = self.lake.rows("cdc__payments")
        own = [{name: value for name, value in row.items() if name not in LOADS_OWN} for row in rows]
        return sorted(own, key=lambda row: row["_row_id"])


@pytest.fixture
def payments(lake: Lake, tmp_path: Path) -> Payments:
    return Payments(lake, tmp_path / "drop")


@pytest.fixture
def at_once(lake: Lake, tmp_path: Path, payments: Payments) -> Payments:
    """The same files, loaded into another lake by a reader that is at no fault."""
    return replace(payments, lake=Lake(replace(lake.settings, root=str(tmp_path / "other"))))


def put_history(payments: Payments, ending: str) -> None:
    """A full load, and a file with an insert, an update and a deletion."""
    database = Mysql()
    database.toggle("a", 125)
    payments.put(*database.full_load(ending))
    database.toggle("b", 205)
    database.update("a", 305)
    database.toggle("b", 205)
    payments.put(*database.change_file(ending))


@pytest.mark.parametrize("ending", ENDINGS)
def test_changes_of_an_unknown_kind_land_as_at_once_when_the_kind_is_known(
    payments: Payments, at_once: Payments, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_history(payments, ending)
    with monkeypatch.context() as patch:
        patch.setattr("ingestion.protocols.dms.changes.OPS", ("D",))
        assert (payments.load().landed, payments.replay().kept) == (1, {"bad_op": 3})
    assert (payments.replay().landed, at_once.load().landed) == (3, 4)
    assert payments.rows() == at_once.rows()
    assert payments.replay().looked_at == 0


def hold_no_decimal(values: pa.Array, target: pa.DataType, same_kind: bool) -> tuple[pa.Array, pa.Array | None]:
    """A cast that is at fault."""
    if pa.types.is_decimal(target):
        return pa.nulls(len(values), target), pc.is_valid(values)
    return try_cast(values, target)


@pytest.mark.parametrize("ending", ENDINGS)
def test_changes_with_a_value_that_could_not_be_held_land_as_at_once_when_it_can(
    payments: Payments, at_once: Payments, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_history(payments, ending)
    with monkeypatch.context() as patch:
        patch.setattr("ingestion.values.cast._held", hold_no_decimal)
        assert (payments.load().landed, payments.replay().kept) == (0, {"wrong_type": 4})
    assert (payments.replay().landed, at_once.load().landed) == (4, 4)
    assert payments.rows() == at_once.rows()


def test_the_name_of_the_instants_is_that_of_the_load(payments: Payments, monkeypatch: pytest.MonkeyPatch) -> None:
    payments.timestamp_column = "at"
    row = {"Op": "I", "dms_ts": "2026-10-01 08:00:00.000000", "amount": "1.25", "payment_id": "a"}
    columns = dict.fromkeys(("order_id", "customer_id", "method", "status", "currency", "paid_at", "updated_at"))
    payments.put("LOAD00000001.csv", written([{**columns, **row}], ".csv").replace(b"dms_ts", b"at", 1))
    with monkeypatch.context() as patch:
        patch.setattr("ingestion.protocols.dms.changes.OPS", ("D",))
        assert payments.load().quarantined == 1
    assert payments.replay().landed == 1
    [landed] = payments.rows()
    assert (landed["_commit_ts"].hour, "at" in landed, landed["status"]) == (8, False, None)


def test_a_change_that_is_still_none_stays_and_so_does_a_file_that_is_none(payments: Payments) -> None:
    row = {"Op": "X", "dms_ts": None, **dict.fromkeys(PAYMENTS.columns)}
    payments.put("20261001-080000001.csv", written([row], ".csv"))
    payments.put("notes.csv", b"hello")
    payments.load()
    assert payments.replay().kept == {"bad_op": 1, "unknown_name": 1}
