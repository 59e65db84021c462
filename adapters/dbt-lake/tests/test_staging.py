"""Rows on their way into a table are computed once, whatever reads them how often."""

import json
import tempfile
from pathlib import Path

import pytest
from dbt.adapters.lake.session import Session, open_lake


@pytest.fixture
def lake(tmp_path: Path) -> Session:
    return open_lake(str(tmp_path), lock="gold")


def stage(lake: Session, view: str, query: str) -> None:
    lake.sql(f"-- lake {json.dumps({'do': 'stage', 'key': [None, view], 'view': view})}\n{query}")


def test_what_is_staged_does_not_change_between_two_looks(lake: Session) -> None:
    stage(lake, "`drawn`", "select uuid() as id, cast(null as decimal(18, 2)) as amount")
    first, second = (lake.sql("select * from drawn") for _ in range(2))
    assert first == second
    assert str(first.schema.field("amount").type) == "decimal128(18, 2)"


def test_a_name_is_staged_anew_with_other_columns_and_no_rows(lake: Session) -> None:
    stage(lake, "changing", "select 1 as id")
    stage(lake, "changing", "select 'a' as text, true as flag where false")
    found = lake.sql("select * from changing")
    assert (found.column_names, found.num_rows) == (["text", "flag"], 0)


def test_a_column_without_a_type_is_no_obstacle(lake: Session) -> None:
    stage(lake, "untyped", "select 1 as id, null as nothing")
    assert lake.sql("select nothing from untyped").to_pylist() == [{"nothing": None}]


def test_nothing_is_staged_in_the_lake(lake: Session, tmp_path: Path) -> None:
    stage(lake, "elsewhere", "select 1 as id")
    assert not list(tmp_path.rglob("*.parquet"))
    assert list(Path(tempfile.gettempdir()).glob("dbt-lake-*/*/*.parquet"))
