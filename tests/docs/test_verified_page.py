"""docs/verified.md names tests and commands that are there, and leaves no module out."""

import re

import pytest

from ingestion.settings import PROJECT
from tests.docs.pages import code, lacks_command, lacks_test, modules, page, rows

TEXT = page("verified.md")
SHOWN, ACCOUNT = "shown offline by", "an account shows"
CLAIMS = rows(TEXT, "claim", SHOWN, ACCOUNT)
COMMANDS = ("make ", "lakehouse ", "python -m ")


@pytest.mark.parametrize("row", CLAIMS, ids=lambda row: row["claim"])
def test_a_claim_is_shown_by_something_that_exists_or_says_that_nothing_shows_it(row: dict[str, str]) -> None:
    shown = [word for word in code(row[SHOWN]) if "::" in word or word.startswith(COMMANDS)]
    faults = [lacks_test(word) if "::" in word else lacks_command(word) for word in shown]
    assert [fault for fault in faults if fault] == []
    if not shown:
        assert row[SHOWN].startswith("nothing")
        assert row[ACCOUNT]


def test_every_command_can_be_typed() -> None:
    commands = [word for word in code(TEXT) if word.startswith(COMMANDS)]
    assert len(commands) > 5
    assert [fault for fault in map(lacks_command, commands) if fault] == []


def test_every_module_is_there() -> None:
    headings = set(re.findall(r"^## (\w+)$", TEXT, re.MULTILINE))
    # lakehouse wires the others: its claims are those of an apply
    assert {folder.name for folder in modules()} - {"lakehouse"} <= headings


def test_every_feature_that_the_emulator_lacks_is_there() -> None:
    text = (PROJECT / "tests" / "infra" / "test_applied.py").read_text()
    [lacking] = re.findall(r"^LACKING = \(([^)]*)\)", text, re.MULTILINE)
    named = {name for row in rows(TEXT, "feature", "moto") for name in code(row["feature"])}
    assert named == set(re.findall(r'"(\w+)"', lacking))
