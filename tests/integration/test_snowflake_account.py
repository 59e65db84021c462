"""infra/snowflake and `lakehouse doctor --target snowflake` in front of the emulator.

It has no roles, grants, warehouses, integrations and no managed access: statements about them succeed and do nothing,
and it answers SHOW GRANTS as if 07_grants.sql had run over whatever exists. Only an account shows that the grants
suffice, that variables may stand where the files have them, and that AWS lets Snowflake in.
"""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from snowflake.connector.errors import ProgrammingError

from ingestion.settings import Settings
from operations.commands.doctor import command
from operations.publishing.snowflake_session import session
from tests.snowflake_files import FILES, filled_in, statements

PLACES = {"<stage bucket>": "lakehouse-stage", "GOLD": "SET_UP", "STAGES": "SET_UP_STAGES"}
"""A set of schemas of its own: other tests use GOLD."""


@pytest.fixture(scope="module")
def set_up(services: Settings) -> Iterator[None]:
    """The files' SQL has run, twice."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAKEHOUSE_SNOWFLAKE_SCHEMA", "SET_UP")
        patch.setenv("LAKEHOUSE_SNOWFLAKE_STAGE", "ANALYTICS.SET_UP_STAGES.PUBLISH")
        run_files()
        run_files()
        yield


def run_files() -> None:
    with session() as ask:
        for file in FILES:
            text = file.read_text()
            for placeholder, value in PLACES.items():
                text = text.replace(placeholder, value)
            for statement in statements(filled_in(text)):
                ask(statement)


def doctor() -> dict[str, tuple[bool, str]]:
    answer = json.loads(CliRunner().invoke(command, ["--target", "snowflake", "--json"]).stdout)
    assert answer["ok"] == all(check["ok"] for check in answer["checks"])
    assert all(
        setting["name"].startswith(("LAKEHOUSE_SNOWFLAKE_", "LAKEHOUSE_STAGE")) for setting in answer["settings"]
    )
    return {check["name"]: (check["ok"], check["detail"]) for check in answer["checks"]}


def failed(answers: dict[str, tuple[bool, str]]) -> dict[str, str]:
    return {name: detail for name, (ok, detail) in answers.items() if not ok}


@pytest.mark.usefixtures("set_up")
def test_after_the_files_nothing_is_missing() -> None:
    answers = doctor()
    assert failed(answers) == {}
    assert {"connection", "role", "warehouse", "database", "schema SET_UP", "stage", "integration"} <= answers.keys()


@pytest.mark.usefixtures("set_up")
def test_a_missing_schema_is_named_with_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_SNOWFLAKE_SCHEMA", "NO_SUCH")
    missing = failed(doctor())
    assert missing.keys() == {"schema NO_SUCH", "schema NO_SUCH_SCRATCH"}
    assert "ANALYTICS.NO_SUCH is not there" in missing["schema NO_SUCH"]
    assert "infra/snowflake/04_database.sql" in missing["schema NO_SUCH"]


@pytest.mark.usefixtures("set_up")
def test_a_missing_stage_is_named_with_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_SNOWFLAKE_STAGE", "ANALYTICS.SET_UP_STAGES.NO_SUCH")
    missing = failed(doctor())
    assert missing.keys() == {"stage", "integration"}
    assert "infra/snowflake/06_stage.sql" in missing["stage"]


@pytest.mark.usefixtures("set_up")
def test_a_stage_over_another_place_than_publish_writes_to_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_STAGE", "s3://lakehouse-stage/elsewhere")
    assert failed(doctor()).keys() == {"stage"}


def test_without_a_connection_nothing_else_is_tried(services: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_SNOWFLAKE_PORT", "9")
    [(name, (ok, detail))] = doctor().items()
    assert (name, ok) == ("connection", False)
    assert "127.0.0.1:9" in detail


@pytest.mark.usefixtures("services")
def test_a_refused_statement_is_the_connectors_error() -> None:
    with session() as ask, pytest.raises(ProgrammingError):
        ask("select no_such_column")
