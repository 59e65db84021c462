import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner
from deltalake import write_deltalake

from ingestion.settings import Settings
from operations.commands import sql
from operations.query.unknown_names import unknown_column

ANSWER = pa.table(
    {
        "id": pa.array([1, 2], pa.int64()),
        "rate": pa.array([Decimal("0.0000001000"), None], pa.decimal128(38, 10)),
        "at": pa.array([datetime(2026, 10, 15, 1, 2, 3, 4, UTC), None], pa.timestamp("us", "UTC")),
        "day": pa.array([date(2026, 10, 15), None], pa.date32()),
        "text": pa.array(['say "hi", [bold]é\n', ""], pa.string()),
        "list": pa.array([[Decimal("1.50")], None], pa.list_(pa.decimal128(18, 2))),
    }
)


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake of one table."""
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    write_deltalake(tmp_path / "lake" / "gold" / "orders", pa.table({"id": [1], "total": [1]}))
    return tmp_path


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr(sql, "ask", lambda settings, text: ANSWER)
    return CliRunner()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "insert into silver.orders select 1",
            "expected one SELECT, WITH, VALUES, SHOW, DESCRIBE or EXPLAIN statement",
        ),
        ("select * from text.`/etc/passwd`", "the lake has no schema 'text': expected gold;"),
        ("select * from silver.orders", "the lake has no schema 'silver': expected gold; did you mean gold.orders?"),
        (
            "select * from gold.order",
            "schema gold has no table or view 'order'; did you mean gold.orders? `lakehouse sql",
        ),
        (
            "select * from gold.orders where",
            "syntax error at 'where' after 'select * from gold.orders': expected Spark SQL",
        ),
    ],
)
def test_what_is_refused_ends_with_2_and_says_what_is_expected(
    text: str, said: str, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = CliRunner().invoke(sql.command, [text])
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert "sqlglot" not in result.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("select totl from gold.orders", "no column 'totl' in gold.orders; did you mean total? `lakehouse sql"),
        ("select o.totl from gold.orders o", "no column 'totl' in gold.orders; did you mean total? `lakehouse sql"),
        ("with o as (select id from gold.orders) select total from o", "what the CTE selects"),
    ],
)
def test_a_column_that_is_missing_is_named_with_its_table_and_the_closest_one(text: str, said: str, lake: Path) -> None:
    with pytest.raises(sql.QueryFailed) as failed:
        sql.ask(Settings.load(), text)
    assert said in str(failed.value)


def test_the_command_that_lists_columns_runs(lake: Path) -> None:
    listing = "select * from gold.orders limit 1"
    assert f'`lakehouse sql "{listing}"` lists them' in unknown_column("totl", {"gold.orders": ["total"]})
    assert sql.ask(Settings.load(), listing).column_names == ["id", "total"]


def test_a_file_that_only_the_engine_recognizes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    monkeypatch.setattr(sql, "read_only", lambda text, relations: text)
    with pytest.raises(sql.QueryRefused, match=r"secret\.txt is no table or view of the lake"):
        sql.ask(Settings.load(), f"select * from text.`{tmp_path}/secret.txt`")


def test_json_keeps_every_digit(answered: CliRunner) -> None:
    rows = json.loads(answered.invoke(sql.command, ["select 1", "--format", "json"]).stdout)
    assert rows[0] == {
        "id": 1,
        "rate": "0.0000001000",
        "at": "2026-10-15T01:02:03.000004+00:00",
        "day": "2026-10-15",
        "text": 'say "hi", [bold]é\n',
        "list": ["1.50"],
    }
    assert rows[1] == {"id": 2, "rate": None, "at": None, "day": None, "text": "", "list": None}


def test_csv_keeps_every_digit_and_tells_null_from_empty(answered: CliRunner) -> None:
    told = answered.invoke(sql.command, ["select 1", "--format", "csv"]).stdout
    header, first = list(csv.reader(io.StringIO(told)))[:2]
    assert header == ANSWER.column_names
    assert first == [
        "1",
        "0.0000001000",
        "2026-10-15 01:02:03.000004Z",
        "2026-10-15",
        'say "hi", [bold]é\n',
        '["1.50"]',
    ]
    assert told.splitlines()[-1] == '2,,,,"",'


def test_a_table_shows_text_as_it_is_however_wide(answered: CliRunner) -> None:
    told = answered.invoke(sql.command, ["select 1"]).stdout
    assert "0.0000001000" in told
    assert "[bold]é" in told
    assert told.endswith("(2 rows)\n")


def test_a_question_may_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(sql, "ask", lambda settings, text: asked.append(text) or ANSWER)
    CliRunner().invoke(sql.command, ["-"], input="select 2")
    assert asked == ["select 2"]
