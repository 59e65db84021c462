"""The SQL of infra/snowflake, as far as it shows without an account: grammar, forms that may run twice, no secrets."""

import re
from pathlib import Path

import pytest
from sqlfluff.core import FluffConfig, Linter

from tests.snowflake_files import FILES, SETTING, filled_in, statements, without_comments

REPEATABLE = re.compile(r"set |use role |create [\w ]+ if not exists |alter |grant |desc ")
"""Statements that may run twice. `create or replace` is none of them: it drops grants, copies and external ids."""
LINTER = Linter(config=FluffConfig(overrides={"dialect": "snowflake", "templater": "raw"}))


def test_the_files_are_numbered_in_their_order() -> None:
    assert [file.name[:3] for file in FILES] == [f"{number:02}_" for number in range(1, len(FILES) + 1)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_is_snowflakes_sql(file: Path) -> None:
    known = re.sub(r"\s+storage_aws_external_id = '[^']*'", "", filled_in(file.read_text()))  # newer than the grammar
    assert [str(fault) for fault in LINTER.parse_string(known).violations] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_may_run_twice(file: Path) -> None:
    assert [one for one in statements(file.read_text()) if not REPEATABLE.match(one)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_says_what_it_does_who_runs_it_and_how_to_undo_it(file: Path) -> None:
    head = re.match(r"-- What: .*?^-- Who:  (\w+).*?^-- Undo: ", file.read_text(), re.MULTILINE | re.DOTALL)
    assert head is not None
    roles = [one.removeprefix("use role ") for one in statements(file.read_text()) if one.startswith("use role ")]
    assert roles == [head[1].lower()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_variable_is_set_and_used(file: Path) -> None:
    text = without_comments(file.read_text())
    assert {name for name, _ in SETTING.findall(text)} == set(re.findall(r"\$(\w+)", text))


def test_a_variable_has_one_value_in_all_files() -> None:
    values = {(name, value) for file in FILES for name, value in SETTING.findall(file.read_text())}
    assert len(values) == len(dict(values))


def test_no_file_holds_a_secret_or_an_accounts_own_values() -> None:
    text = "\n".join(file.read_text() for file in FILES)
    assert re.findall(r"(?i)password\s*=|aws_key_id|aws_secret|private[_ ]key\s*=|credentials\s*=", text) == []
    assert re.findall(r"\b\d{12}\b", text) == []


def test_no_grant_is_wider_than_its_user_needs() -> None:
    granted = " ; ".join(one for file in FILES for one in statements(file.read_text()) if one.startswith("grant "))
    assert (
        re.findall(r"\ball privileges\b|\bownership\b|with grant option|to role public\b|accountadmin", granted) == []
    )


def test_the_page_names_every_file_with_the_role_that_runs_it() -> None:
    rows = re.findall(r"^\| `(\w+\.sql)` \| (\w+) \|", (FILES[0].parent / "README.md").read_text(), re.MULTILINE)
    who = {file.name: re.search(r"^-- Who:  (\w+)", file.read_text(), re.MULTILINE) for file in FILES}
    assert rows == [(name, found[1]) for name, found in who.items() if found]
