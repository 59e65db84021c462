"""Gold equals what its definitions make of bronze: on the first day, and after four more with one bad night."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from ingestion.settings import PROJECT, Settings
from operations.dbt.command import take_parsed
from tests.integration.lakes import build
from tests.integration.test_histories import FIRST, History
from tests.recomputation.recomputation import KEYS, Difference, differences, recompute

pytestmark = [pytest.mark.timeout(3600), pytest.mark.engines]  # five builds of everything

DAYS = 5
BAD_NIGHT = 2
"""The load, from 0, that brings broken values; the next one brings the values of before."""
CUSTOMERS = "snowflake__customers"
SPOILED = {
    "snowflake__products": ("product_id", {"list_price": -1}),
    CUSTOMERS: ("customer_id", {"country": "nowhere"}),
}
"""Bronze table -> its key, and what the bad night says of the key that most lines name."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own: the clock of the shared services stays."""
    monkeypatch.delenv("LAKEHOUSE_NOW", raising=False)
    take_parsed(PROJECT / "target", tmp_path / "target")
    return tmp_path


def differing(history: History, number: int) -> list[Difference]:
    """What differs after a load, of all tables; each of them has rows."""
    con = recompute(history.root, FIRST + timedelta(days=number))
    for table in KEYS:
        assert con.table(table).limit(1).fetchall(), f"{table} has no row"
    return [one for table in KEYS for one in differences(con, history.root, table)]


def busiest(root: Path, key: str, place: int = 0) -> str:
    """The product or customer that most lines name, or one of those that follow."""
    values = DeltaTable(root / "gold" / "fact_sales").to_pyarrow_table()[key].to_pylist()
    value, _ = Counter(values).most_common(place + 1)[place]
    return str(value)


def bring(history: History, number: int, table: str, version: dict[str, Any], *, stamped: bool = True) -> None:
    """One more version of a row with a load, the newest in its source; its `updated_at` is new if it is stamped."""
    evening = datetime.combine(FIRST + timedelta(days=number), time(23), UTC)
    changed = evening - timedelta(minutes=1)
    stamps = {
        "updated_at": changed,
        "_version": int(changed.timestamp()) * 1_000_000,
        "_ingest_ts": evening,
        "_ingest_date": evening.date(),
        "_row_id": f"{version['_row_id']}/{number}",
    }
    if not stamped:
        stamps |= {"updated_at": version["updated_at"], "_version": version["_version"] + 1}
    path = history.root / "bronze" / table
    row = pa.Table.from_pylist([version | stamps], pa.schema(DeltaTable(path).schema().to_arrow()))
    write_deltalake(path, row, mode="append", partition_by=["_ingest_date"])


def latest(root: Path, table: str, key: str, value: str) -> dict[str, Any]:
    """The latest version of a key in bronze."""
    rows = DeltaTable(root / "bronze" / table).to_pyarrow_table(filters=[(key, "=", value)]).to_pylist()
    newest: dict[str, Any] = max(rows, key=lambda row: (row["_version"], row["_ingest_ts"], row["_row_id"]))
    return newest


def test_gold_is_what_its_definitions_make_of_bronze(lake: Settings, home: Path) -> None:
    history = History(home, seed=0, loads=DAYS)
    sound: dict[str, dict[str, Any]] = {}
    for number in range(DAYS):
        history.load(Path(lake.bronze), number)
        for table, (key, broken) in SPOILED.items():
            if number == BAD_NIGHT:
                sound[table] = latest(history.root, table, key, busiest(history.root, key))
                bring(history, number, table, sound[table] | broken)
            elif number == BAD_NIGHT + 1:
                bring(history, number, table, sound[table])
        if number == BAD_NIGHT:  # as `--reconcile-keys` marks a row that is gone
            customer = latest(history.root, CUSTOMERS, "customer_id", busiest(history.root, "customer_id", 1))
            bring(history, number, CUSTOMERS, customer | {"is_deleted": True}, stamped=False)
        build(home)
        if number in (0, BAD_NIGHT, DAYS - 1):
            assert differing(history, number) == []
