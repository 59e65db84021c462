"""Publishing a small lake of awkward values, in every way it can go."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest

from ingestion.settings import Settings
from operations.commands.gate import GateClosed
from operations.commands.publish import PublishError, publish
from operations.dbt.command import run_dbt
from operations.publishing import stage
from operations.publishing.stage import Source, Staged
from operations.records.run_record import new_run_id
from tests.integration.publishing import Shop, arrow, rows_of, write_project

ORDERS = {
    "id": "string",
    "line": "int",
    "text": "string",
    "amount": "decimal(18,2)",
    "rate": "decimal(38,10)",
    "order": "date",
    "at": "timestamp",
    "number": "bigint",
    "is_done": "boolean",
}
"""`order` and `at` are reserved words, in one engine or another."""
LINES = [
    ("a", 1, "é😀 'quoted' \"x\" \\", Decimal("-0.00"), Decimal("0.0000000001"), date(1900, 1, 1), 0, 1, True),
    ("a", 2, "\x1e", Decimal("0.10"), None, date(1969, 12, 31), -1, -(2**63), False),
    ("b", 1, "\x1f\x1e\\u", Decimal("-99999.90"), Decimal(10) ** 27, date(9999, 12, 31), 1, 2**63 - 1, None),
    ("b", 2, "", None, Decimal("-1.5"), None, None, None, None),
    ("c", 1, None, Decimal("1.00"), Decimal("1.0000000000"), date(2024, 2, 29), 1_700_000_000_000_040, 0, True),
    ("d", 1, "line\nbreak\ttab\r\n", Decimal("2.50"), Decimal(0), date(1815, 6, 18), -4_000_000_000_000_001, 7, True),
]
SMALL = {"id": "string", "amount": "decimal(18,2)"}
SUMS = [("x", Decimal("1.00")), ("y", Decimal("2.50")), ("z", Decimal("-3.25"))]


@pytest.fixture(scope="module")
def shop(services: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Four published tables, one of them empty, one of silver; and two that aren't published."""
    folder = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_PROJECT_DIR", str(folder / "project"))
        patch.setenv("LAKEHOUSE_SNOWFLAKE_SCHEMA", "SHOP_GOLD")
        settings = replace(services, home=folder, root=str(folder / "lake"))
        shop = Shop(folder / "project", settings, "SHOP_GOLD")
        write_project(shop.project)
        shop.model("fact_lines", ORDERS, unique_key=["id", "line"])
        shop.model("fact_sums", SMALL, unique_key="id")
        shop.model("dim_none", SMALL)
        shop.model("customers", SMALL, folder="silver", meta={"publish": True})
        shop.model("orders", SMALL, folder="silver")
        shop.model("step", SMALL, meta={"publish": False})
        shop.write("fact_lines", ORDERS, LINES)
        for name, rows, layer in (("fact_sums", SUMS, "gold"), ("dim_none", [], "gold"), ("customers", SUMS, "silver")):
            shop.write(name, SMALL, rows, folder=layer)
        outcomes = {result.table: result.outcome for result in publish(settings, new_run_id())}
        assert outcomes == dict.fromkeys(("customers", "dim_none", "fact_lines", "fact_sums"), "copied")
        yield shop


def test_the_copy_holds_every_value_of_the_lake(shop: Shop) -> None:
    assert shop.copy("fact_lines") == shop.lake("fact_lines")
    assert len(shop.copy("fact_lines")) == len(LINES)
    assert shop.copy("customers") == shop.lake("customers", "silver")
    assert shop.copy("dim_none") == []


def test_the_copy_has_the_contracts_types(shop: Shop) -> None:
    described = {row[0]: row[1] for row in shop.ask(f"describe table {shop.schema}.fact_lines")}
    assert list(described) == [name.upper() for name in ORDERS]
    assert described["AMOUNT"] == "NUMBER(18,2)"
    assert described["RATE"] == "NUMBER(38,10)"
    assert described["NUMBER"] == "NUMBER(19,0)"
    assert described["AT"].startswith("TIMESTAMP_NTZ")
    assert [described[name] for name in ("ORDER", "IS_DONE")] == ["DATE", "BOOLEAN"]


def test_nothing_is_left_on_the_stage_and_no_proven_copy_in_scratch(shop: Shop) -> None:
    bucket, _, prefix = os.environ["LAKEHOUSE_STAGE"].removeprefix("s3://").partition("/")
    left = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/").get("Contents", [])
    assert [entry["Key"] for entry in left if not entry["Key"].endswith("/")] == []
    scratch = {row[1] for row in shop.ask(f"show tables in schema {shop.schema}_scratch")}
    assert scratch <= {"FACT_SUMS"}, "only of a copy that differed"


@dataclass(frozen=True)
class Second:
    """A second publish, after drift in the copy and in the lake, during which one staged table was changed."""

    outcomes: dict[str, str]
    error: str
    before: list[tuple[Any, ...]]
    """The copy of the table that was changed on its way, as readers saw it before."""


@pytest.fixture(scope="module")
def second(shop: Shop) -> Second:
    shop.ask(f"update {shop.schema}.fact_lines set number = 2 where id = 'a' and line = 1")
    shop.ask(f"create or replace table {shop.schema}.customers (id varchar, amount number(20, 2))")
    shop.write("fact_sums", SMALL, [*SUMS, ("new", None)])
    before = shop.copy("fact_sums")
    seen: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "stage_table", corrupting(stage.stage_table))
        with pytest.raises(PublishError) as caught:
            publish(shop.settings, new_run_id(), on_result=lambda result: seen.update({result.table: result.outcome}))
    return Second(seen, str(caught.value), before)


def corrupting(original: Callable[..., Staged]) -> Callable[..., Staged]:
    """Change one amount and drop one row of `fact_sums`, after it was staged."""

    def stage_table(source: Source, url: str) -> Staged:
        staged = original(source, url)
        if url.endswith("/fact_sums"):
            [file] = stage.s3().get_file_info(pafs.FileSelector(url.removeprefix("s3://")))
            rows = rows_of(pq.read_table(file.path, filesystem=stage.s3()))
            rows = [(key, Decimal("1.01") if key == "x" else amount) for key, amount in rows if key != "z"]
            pq.write_table(arrow(SMALL, rows), file.path, filesystem=stage.s3())
        return staged

    return stage_table


def test_drift_is_found_and_healed_and_equal_tables_move_nothing(shop: Shop, second: Second) -> None:
    assert second.outcomes == {
        "customers": "copied",
        "dim_none": "unchanged",
        "fact_lines": "copied",
        "fact_sums": "different",
    }
    assert shop.copy("fact_lines") == shop.lake("fact_lines")


def test_a_copy_of_another_shape_is_made_anew(shop: Shop, second: Second) -> None:
    assert shop.copy("customers") == shop.lake("customers", "silver")
    assert [row[1] for row in shop.ask(f"describe table {shop.schema}.customers")][1] == "NUMBER(18,2)"


def test_what_changes_on_its_way_is_told_with_keys(second: Second) -> None:
    assert second.error.startswith("fact_sums: the copy differs from the lake. Lake, version 1: 4 rows, digest ")
    assert "copy: 3 rows, digest " in second.error
    assert "for example id=x (changed), id=z (missing in the copy);" in second.error
    assert second.error.endswith("readers keep the copy they had")


def test_what_changes_on_its_way_is_never_shown(shop: Shop, second: Second) -> None:
    assert shop.copy("fact_sums") == second.before


def test_a_table_that_shrank_is_copied_only_where_it_is_allowed(shop: Shop, second: Second) -> None:
    shop.ask(f"create or replace table {shop.schema}.customers (id varchar, amount number(20, 2))")
    shop.ask(f"insert into {shop.schema}.customers values ('a', 1), ('b', 1), ('c', 1), ('d', 1), ('e', 1), ('f', 1)")
    shop.write("customers", SMALL, SUMS[:2], folder="silver")
    copies = {name: shop.copy(name) for name in ("customers", "fact_sums")}
    with pytest.raises(GateClosed, match=r"1 table with .*: customers \(copy 6, lake 2\); .*--allow-shrink"):
        publish(shop.settings, new_run_id())
    assert {name: shop.copy(name) for name in copies} == copies
    publish(shop.settings, new_run_id(), allow_shrink=True)
    assert shop.copy("customers") == shop.lake("customers", "silver")
    assert shop.copy("fact_sums") == shop.lake("fact_sums")


def test_nothing_is_published_while_an_error_test_has_failed(shop: Shop, second: Second) -> None:
    shop.write("fact_sums", SMALL, [*SUMS, ("newer", None)])
    before = shop.copy("fact_sums")
    gate = Path(shop.settings.root) / "gold" / "_gate.json"
    verdict = {
        "run_id": "r",
        "command": "dbt build",
        "started_at": "",
        "ended_at": "",
        "unproven": {"test.x.y": "fail"},
    }
    gate.write_text(json.dumps(verdict))
    try:
        with pytest.raises(GateClosed, match=r"test y \(fail\)"):
            publish(shop.settings, new_run_id())
        assert shop.copy("fact_sums") == before
    finally:
        gate.unlink()


def test_dbt_does_not_build_on_snowflake(shop: Shop) -> None:
    outcome = run_dbt(shop.settings, ["build"], target="snowflake", run_id=new_run_id(), on_line=lambda _: None)
    assert outcome.exit_code != 0
    assert "nothing is built on Snowflake: `dbt build` belongs on the lake (--target local)" in outcome.error
