"""A foreign Snowflake schema, TPC-H as Snowflake ships it, loaded by table lines alone and compared row by row.

Keys and line numbers are NUMBER(38,0), money is NUMBER(12,2), days are DATE; no line overrides a type.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from devstack.generator.fill.snowflake import _connect as connect_snowflake
from devstack.services import environment
from ingestion.settings import Settings
from ingestion.source import Reader
from ingestion.sources import load_sources
from ingestion.spec import Table
from tests.unit.bronze.memory import Lake

TABLES = (
    Table("region", key=("r_regionkey",)),
    Table("orders", key=("o_orderkey",), cursor="o_orderdate"),
    Table("lineitem", key=("l_orderkey", "l_linenumber"), cursor="l_orderkey"),
)
COLUMNS = {
    "region": {"r_regionkey": "number(38,0) not null", "r_name": "varchar(25)"},
    "orders": {
        "o_orderkey": "number(38,0) not null",
        "o_orderdate": "date not null",
        "o_totalprice": "number(12,2)",
        "o_comment": "varchar(79)",
    },
    "lineitem": {
        "l_orderkey": "number(38,0) not null",
        "l_linenumber": "number(38,0) not null",
        "l_quantity": "number(12,2)",
    },
}
TYPES = {"number(38,0)": "decimal128(38, 0)", "number(12,2)": "decimal128(12, 2)", "date": "date32[day]"}
LAST_DAY = date(1998, 8, 2)


@dataclass
class Tpch:
    """The schema in the emulated Snowflake: what was put there, and a reader of it."""

    cursor: Any
    reader: Reader
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def insert(self, name: str, *rows: tuple[Any, ...]) -> None:
        marks = ", ".join(f"({', '.join(['%s'] * len(row))})" for row in rows)
        self.cursor.execute(f"insert into tpch.{name} values {marks}", [value for row in rows for value in row])
        self.rows[name] += rows

    def rename_region(self, key: int, name: str) -> None:
        self.cursor.execute("update tpch.region set r_name = %s where r_regionkey = %s", (name, key))
        self.rows["region"].append((key, name))


@pytest.fixture
def tpch(services: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tpch]:
    with closing(connect_snowflake(environment(services))) as connection, connection.cursor() as cursor:
        cursor.execute("create schema tpch")
        for name, columns in COLUMNS.items():
            spelled = ", ".join(f"{column} {declared}" for column, declared in columns.items())
            cursor.execute(f"create table tpch.{name} ({spelled})")
        monkeypatch.setenv("SOURCES__SNOWFLAKE__SCHEMA", "tpch")
        with load_sources()["snowflake"].connect() as reader:
            yield Tpch(cursor, reader)
        cursor.execute("drop schema tpch cascade")


def test_tables_of_a_foreign_schema_land_row_by_row_and_late_rows_once(
    tpch: Tpch, services: Settings, tmp_path: Path
) -> None:
    lake = Lake(replace(services, home=tmp_path / "home", root=str(tmp_path / "lake"), catalog="none", leases="file"))

    def load() -> dict[str, int]:
        """The number of rows that landed, by table."""
        return {table.name: lake.load(tpch.reader, table).landed for table in TABLES}

    tpch.insert("region", (0, "AFRICA"), (1, "É'😀"), (2, None))
    tpch.insert("orders", *[(n, LAST_DAY - timedelta(days=n % 50), Decimal(n) / 100, f"order {n}") for n in range(200)])
    tpch.insert("lineitem", *[(10**18 + n // 3, n % 3, Decimal("9999999999.99") - n) for n in range(300)])
    assert load() == {"region": 3, "orders": 200, "lineitem": 300}
    tpch.rename_region(0, "B")
    tpch.insert("orders", (9001, LAST_DAY, None, None))
    tpch.insert("lineitem", (10**18 + 99, 9, Decimal("-0.01")))
    assert load() == {"region": 1, "orders": 1, "lineitem": 1}
    tpch.rename_region(0, "AFRICA")
    assert load() == {"region": 1, "orders": 0, "lineitem": 0}
    for name, columns in COLUMNS.items():
        found = lake.delta(f"memory__{name}").to_pyarrow_table().select(list(columns))
        types = [TYPES.get(declared.removesuffix(" not null"), "string") for declared in columns.values()]
        assert [str(of) for of in found.schema.types] == types
        assert Counter(tuple(row.values()) for row in found.to_pylist()) == Counter(tpch.rows[name])
