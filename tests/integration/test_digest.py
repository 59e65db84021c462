"""The digest of rows, spelled for two engines, against the same text made in plain Python.

Values travel as they do in a publish: from a Delta table to Sail, and from it through the stage into Snowflake.
"""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.lake.session import open_lake
from deltalake import DeltaTable
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingestion.settings import Settings
from operations.dbt.command import run_dbt
from operations.publishing.stage import Source, clear, stage_table, stage_url
from operations.records.run_record import new_run_id
from tests.integration.publishing import Rows, Shop, write_project

COLUMNS = {
    "name": "string",
    "note": "string",
    "amount": "decimal(18,2)",
    "rate": "decimal(38,10)",
    "day": "date",
    "moment": "timestamp",
    "number": "bigint",
    "small": "int",
    "flag": "boolean",
}
SNOWFLAKE = (
    "name varchar, note varchar, amount number(18,2), rate number(38,10), day date, moment timestamp_ntz(6), "
    "number number(19,0), small number(10,0), flag boolean"
)
MACRO = """
{% macro say_digests(columns) %}
    {%- do print(tojson({'row': row_digest(columns), 'set': set_digest(row_digest(columns))})) -%}
{% endmacro %}
"""
FIRST, LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)  # noqa: DTZ001 - strategies want them so

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\x1e\x1f\\ur'\"\n\0"))
rows = st.tuples(
    st.none() | texts,
    st.none() | texts,
    st.none() | st.decimals(Decimal("-1e15"), Decimal("1e15"), places=2),
    st.none() | st.decimals(Decimal("-1e27"), Decimal("1e27"), places=10),
    st.none() | st.dates(),
    st.none() | st.datetimes(FIRST, LAST).map(lambda moment: moment.replace(tzinfo=UTC)),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.integers(-(2**31), 2**31 - 1),
    st.none() | st.booleans(),
)
NOTHING = (None,) * 7


def canonical(row: tuple[Any, ...]) -> str:
    """The text that is digested."""
    return "\x1f".join("\x1e" if value is None else spelled(value) for value in row)


def spelled(value: Any) -> str:
    match value:
        case str():
            return value.replace("\\", "\\\\").replace("\x1f", "\\u").replace("\x1e", "\\r")
        case bool():
            return str(value).lower()
        case Decimal():
            return format(abs(value) if value == 0 else value, "f")
        case datetime():
            return value.replace(tzinfo=None).isoformat(" ", "microseconds")
        case date():
            return value.isoformat()
    return str(value)


def digest(row: tuple[Any, ...]) -> str:
    return hashlib.md5(canonical(row).encode(), usedforsecurity=False).hexdigest()


def digest_of_all(digests: list[str]) -> Decimal:
    return Decimal(sum(int(one[:15], 16) for one in digests))


@dataclass(frozen=True)
class Engines:
    """Sail and Snowflake, each with its spelling of the digest."""

    shop: Shop
    lake: dict[str, str]
    snowflake: dict[str, str]

    def load(self, rows: Rows) -> None:
        """Put rows where both see them, as a publish would."""
        self.shop.write("digested", COLUMNS, rows)
        table = f"{self.shop.settings.root}/gold/digested"
        source = Source(table, DeltaTable(table).version(), tuple(COLUMNS))
        url = f"{stage_url()}/digested"
        staged = stage_table(source, url)
        self.shop.ask(f"create or replace table {self.shop.schema}.digested ({SNOWFLAKE})")
        copy = "file_format = (type = parquet) match_by_column_name = case_insensitive"
        self.shop.ask(f"copy into {self.shop.schema}.digested from '{staged.url}' {copy}")
        clear(url)

    def of_lake(self) -> tuple[list[str], Decimal]:
        """Digests of the rows, sorted, and of the set."""
        lake = open_lake(self.shop.settings.root)
        found = lake.sql(f"select {self.lake['row']} as digest from gold.digested").column(0).to_pylist()
        return sorted(found), lake.sql(f"select {self.lake['set']} as digest from gold.digested").column(0)[0].as_py()

    def of_snowflake(self) -> tuple[list[str], Decimal]:
        """The same in the copy."""
        found = self.shop.ask(f"select {self.snowflake['row']} from {self.shop.schema}.digested")
        [[of_set]] = self.shop.ask(f"select {self.snowflake['set']} from {self.shop.schema}.digested")
        return sorted(row[0] for row in found), Decimal(of_set)


@pytest.fixture(scope="module")
def engines(services: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Both spellings, asked of dbt once."""
    folder = tmp_path_factory.mktemp("digests")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_PROJECT_DIR", str(folder / "project"))
        shop = Shop(folder / "project", replace(services, home=folder, root=str(folder / "lake")), "DIGESTS")
        write_project(shop.project)
        (shop.project / "macros" / "say_digests.sql").write_text(MACRO)
        with ThreadPoolExecutor() as pool:
            lake, snowflake = pool.map(lambda target: ask_dbt(shop.settings, target, folder), ("local", "snowflake"))
        shop.ask("create schema if not exists DIGESTS")
        yield Engines(shop, lake, snowflake)


def ask_dbt(settings: Settings, target: str, folder: Path) -> dict[str, str]:
    """A target's spelling."""
    said: list[str] = []
    args = ["--quiet", "run-operation", "say_digests", "--args", json.dumps({"columns": COLUMNS})]
    run_dbt(
        settings, args, target=target, run_id=new_run_id(), target_path=folder / target, on_line=said.append
    ).check()
    told: dict[str, str] = json.loads(next(line for line in said if line.startswith("{")))
    return told


@given(st.lists(rows, min_size=1, max_size=60))
@example([("a\x1f", "b", *NOTHING), ("a", "\x1fb", *NOTHING), ("\x1e", None, *NOTHING), (None, "", *NOTHING)])
@example([(None, None, Decimal("-0.00"), Decimal("0E-10"), date(1, 1, 1), FIRST.replace(tzinfo=UTC), 0, 0, False)])
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_engine_digests_a_row_as_plain_python_does(engines: Engines, rows: list[tuple[Any, ...]]) -> None:
    engines.load(rows)
    wanted = sorted(digest(row) for row in rows)
    assert engines.of_lake() == (wanted, digest_of_all(wanted))
    assert engines.of_snowflake() == (wanted, digest_of_all(wanted))


@given(rows, rows)
def test_rows_that_differ_have_texts_that_differ(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert (canonical(one) == canonical(other)) == (one == other)
