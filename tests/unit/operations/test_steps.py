"""The steps of a run stand once; who calls them agrees."""

from pathlib import Path

import pytest
from click import Command
from click.testing import CliRunner

from ingestion.settings import PROJECT
from ingestion.sources import load_sources
from operations.cli import VERBS, cli
from operations.dags import dags, day
from operations.definitions import aws_cron, files, steps
from operations.steps import SCHEDULES, SOURCE, STEPS, Step
from tests.unit.operations.test_cron import CRONTAB, JOBS

PARAMETERS = {"{date_from}": "2026-01-01", "{date_to}": "2026-02-01", "{step}": "1d"}
"""Values for what a DAG's parameters put into a command."""


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_a_file_that_infrastructure_reads_is_up_to_date(path: Path) -> None:
    assert path.read_text() == files()[path], "run `python -m operations.definitions`"


def added(step: Step) -> list[tuple[str, ...]]:
    """Words that parameters of a DAG add to a step's command."""
    return [more for _, more in step.airflow.options] if step.airflow else []


def test_a_dag_has_the_steps_of_a_run_and_the_gate_after_the_build() -> None:
    assert [step.name for step in day()] == ["ingest", "build", "gate", "publish"]
    assert [step for step in day() if step.name != "gate"] == list(STEPS)


def test_a_dag_s_file_is_named_after_it() -> None:
    held = {file.stem for file in (PROJECT / "dags").glob("*.py")}
    assert held == {dag.name for dag in dags()}


def test_each_step_leads_to_the_next() -> None:
    assert [step.get("next") for step in steps().values()] == ["build", "publish", None]


@pytest.mark.parametrize(("cron", "aws"), [("0 2 * * *", "cron(0 2 * * ? *)"), ("0 9 * * 0", "cron(0 9 ? * SUN *)")])
def test_eventbridge_has_six_fields(cron: str, aws: str) -> None:
    assert aws_cron(cron) == aws


COMMANDS = {
    *(step.command for step in STEPS),
    *(one.command for one in SCHEDULES),
    *((*step.command, *more) for dag in dags() for step in dag.steps for more in [(), *added(step)]),
}


@pytest.mark.parametrize("words", sorted(COMMANDS), ids=" ".join)
def test_a_command_is_one_that_lakehouse_understands(words: tuple[str, ...]) -> None:
    given = {**PARAMETERS, SOURCE: next(iter(load_sources()))}
    verb, *rest = [given.get(word, word) for word in words]
    assert verb in VERBS
    found = cli.get_command(CliRunner(), verb)  # type: ignore[arg-type]
    assert isinstance(found, Command)
    found.make_context(verb, rest).close()


def test_the_crontab_has_these_commands_at_these_times() -> None:
    held = {schedule.cron: " ".join(("lakehouse", *schedule.command)) for schedule in SCHEDULES}
    assert list(JOBS) == list(held), CRONTAB
    assert [command for cron, command in held.items() if f".venv/bin/{command} >>" not in JOBS[cron]] == []
