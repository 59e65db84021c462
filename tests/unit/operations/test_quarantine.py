"""`lakehouse quarantine` on a lake that was loaded from a folder of vendors' files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from deltalake import DeltaTable

from ingestion.bronze.rows.rules import RULES
from operations.cli import cli

TABLE = "vendor_files.price_list"
HEADER = "vendor_id,sku,unit_cost,currency,valid_from\n"
Lakehouse = Callable[..., Result]


@pytest.fixture
def lakehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lakehouse:
    """The command; one good record is loaded, three bad ones of two rules are in quarantine."""
    for name, value in {
        "LAKEHOUSE_HOME": str(tmp_path / "home"),
        "LAKEHOUSE_ENVIRONMENT": "production",
        "SOURCES__VENDOR_FILES__BUCKET_URL": str(tmp_path / "bucket"),
    }.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "bucket" / "price_list"
    folder.mkdir(parents=True)
    (folder / "a.csv.gz").write_bytes(b"no gzip \xff")
    (folder / "b.csv.gz").write_bytes(zipped(HEADER + "V1,S1,1,USD,2026-01-01\nV1\nV1,S2\n"))
    invoke: Lakehouse = lambda *words: CliRunner().invoke(cli, words, catch_exceptions=False)  # noqa: E731
    assert invoke("ingest", "vendor_files", "--table", "price_list").exit_code == 0
    return invoke


def zipped(text: str) -> bytes:
    import gzip

    return gzip.compress(text.encode())


def rules(lakehouse: Lakehouse) -> dict[str, int]:
    found = json.loads(lakehouse("quarantine", "list", "--json").stdout)["quarantine"]
    return {line["rule"]: line["rows"] for line in found if line["table"] == "vendor_files__price_list"}


def test_list_counts_by_rule(lakehouse: Lakehouse) -> None:
    assert rules(lakehouse) == {"column_count": 2, "bad_gzip": 1}
    told = lakehouse("quarantine", "list", "vendor_files__price_list").stdout
    assert "vendor_files__price_list  column_count     2" in told
    assert lakehouse("quarantine", "list", "postgres.users").stdout == "nothing is in quarantine\n"


def test_show_tells_what_was_received_and_where(lakehouse: Lakehouse) -> None:
    told = lakehouse("quarantine", "show", TABLE, "--rule", "column_count").stdout
    assert "column_count  price_list/b.csv.gz:2  " in told
    assert "'V1,S2'" in told
    [row] = json.loads(lakehouse("quarantine", "show", TABLE, "--rule", "bad_gzip", "--json").stdout)["rows"]
    assert (row["encoding"], row["position"]) == ("base64", "price_list/a.csv.gz")
    assert len(json.loads(lakehouse("quarantine", "show", TABLE, "--limit", "1", "--json").stdout)["rows"]) == 1
    assert "by the rule bad_json" in lakehouse("quarantine", "show", TABLE, "--rule", "bad_json").stdout


def test_replay_moves_what_became_good(lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        "3 rows judged again: 0 landed, 0 already there, 3 left in quarantine"
        in lakehouse("quarantine", "replay", TABLE).stdout
    )
    monkeypatch.setattr("ingestion.protocols.files.formats._record_fault", lambda fields, header, lines: None)
    monkeypatch.setattr(
        "ingestion.protocols.files.formats.zip", lambda a, b, strict: dict(zip(a, b, strict=False)), raising=False
    )
    told = json.loads(lakehouse("quarantine", "replay", TABLE, "--json").stdout)
    assert (told["looked_at"], told["landed"], told["kept"]) == (3, 2, {"bad_gzip": 1})
    assert rules(lakehouse) == {"bad_gzip": 1}


def test_drop_says_what_goes_and_asks(lakehouse: Lakehouse, tmp_path: Path) -> None:
    asked = lakehouse("quarantine", "drop", TABLE)
    assert asked.exit_code == 1
    assert "Remove 3 rows from quarantine of vendor_files__price_list for good (2 of column_count, 1 of" in asked.output
    assert rules(lakehouse) == {"column_count": 2, "bad_gzip": 1}
    assert "2 rows removed" in lakehouse("quarantine", "drop", TABLE, "--rule", "column_count", "--yes").stdout
    assert rules(lakehouse) == {"bad_gzip": 1}
    assert "nothing to remove" in lakehouse("quarantine", "drop", TABLE, "--rule", "bad_json", "--yes").stdout
    assert "1 row removed" in lakehouse("quarantine", "drop", TABLE, "--yes").stdout
    assert DeltaTable(str(tmp_path / "home/lake/bronze/vendor_files__price_list")).to_pyarrow_table().num_rows == 1
    assert json.loads(lakehouse("ingest", "vendor_files", "--table", "price_list", "--json").stdout)["failed"] == 0


@pytest.mark.parametrize("rule", ["colum_count", "x' or 'a'='a"])
def test_a_rule_that_there_is_not_is_refused_with_those_there_are(lakehouse: Lakehouse, rule: str) -> None:
    for words in (["show", TABLE], ["replay", TABLE], ["drop", TABLE, "--yes"]):
        result = lakehouse("quarantine", *words, "--rule", rule)
        assert result.exit_code == 2
        assert f"there is no rule {rule!r}: " in result.stderr
        assert "Expected one of wrong_type, bad_encoding, null_key" in result.stderr
        assert ("did you mean column_count?" in result.stderr) == (rule == "colum_count")
    assert rules(lakehouse) == {"column_count": 2, "bad_gzip": 1}


def test_a_rule_that_only_stored_rows_have_is_taken(lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(RULES, "bad_gzip")  # as if an older loader had it
    assert "1 row removed" in lakehouse("quarantine", "drop", TABLE, "--rule", "bad_gzip", "--yes").stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [("prices", "expected SOURCE.TABLE"), ("oracle.x", "no source oracle"), ("postgres.x", "no table x")],
)
def test_a_wrong_name_is_a_usage_error(lakehouse: Lakehouse, name: str, said: str) -> None:
    result = lakehouse("quarantine", "show", name)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_wrong_source_is_named_before_services_that_are_down(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    result = CliRunner().invoke(cli, ["ingest", "nosuch"])
    assert result.exit_code == 2
    assert "no source nosuch" in result.stderr
