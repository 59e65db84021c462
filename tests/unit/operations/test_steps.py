"""The steps of a run stand once; who calls them agrees."""

from pathlib import Path

import pytest
from click import Command
from click.testing import CliRunner

from ingestion.sources import load_sources
from operations.cli import VERBS, cli
from operations.steps import SCHEDULES, SOURCE, STEPS, aws_cron, files, steps
from tests.unit.operations.test_cron import CRONTAB, JOBS


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_a_file_that_infrastructure_reads_is_up_to_date(path: Path) -> None:
    assert path.read_text() == files()[path], "run `python -m operations.steps`"


def test_each_step_leads_to_the_next() -> None:
    assert [step.get("next") for step in steps().values()] == ["build", "publish", None]


@pytest.mark.parametrize(("cron", "aws"), [("0 2 * * *", "cron(0 2 * * ? *)"), ("0 9 * * 0", "cron(0 9 ? * SUN *)")])
def test_eventbridge_has_six_fields(cron: str, aws: str) -> None:
    assert aws_cron(cron) == aws


@pytest.mark.parametrize("words", [*(step.command for step in STEPS), *(one.command for one in SCHEDULES)])
def test_a_command_is_one_that_lakehouse_understands(words: tuple[str, ...]) -> None:
    verb, *rest = [next(iter(load_sources())) if word == SOURCE else word for word in words]
    assert verb in VERBS
    found = cli.get_command(CliRunner(), verb)  # type: ignore[arg-type]
    assert isinstance(found, Command)
    found.make_context(verb, rest).close()


def test_the_crontab_has_these_commands_at_these_times() -> None:
    held = {schedule.cron: " ".join(("lakehouse", *schedule.command)) for schedule in SCHEDULES}
    assert list(JOBS) == list(held), CRONTAB
    assert [command for cron, command in held.items() if f".venv/bin/{command} >>" not in JOBS[cron]] == []
