"""docs/security.md names resources and tests that are there."""

import pytest

from ingestion.settings import PROJECT
from tests.docs.pages import code, lacks_command, lacks_test, modules, page, resources, rows

TEXT = page("security.md")
CONTROLS = rows(TEXT, "control", "where", "fails without it")
COMMANDS = ("make ", "lakehouse ", "python -m ")


def is_known(place: str) -> bool:
    """True for a resource's address and for a file of the project."""
    return place in resources() or ("/" in place and (PROJECT / place).is_file())


@pytest.mark.parametrize("row", CONTROLS, ids=lambda row: row["control"])
def test_a_control_stands_somewhere_and_has_a_test(row: dict[str, str]) -> None:
    places, tests = code(row["where"]), code(row["fails without it"])
    assert places
    assert tests
    assert [place for place in places if not is_known(place)] == []
    assert [fault for fault in map(lacks_test, tests) if fault] == []


def test_no_control_stands_twice() -> None:
    names = [row["control"] for row in CONTROLS]
    assert len(names) == len(set(names))


def test_every_module_has_a_control() -> None:
    named = {place.split(".")[1] for row in CONTROLS for place in code(row["where"]) if place.startswith("module.")}
    # lakehouse makes nothing itself
    assert named == {folder.name for folder in modules()} - {"lakehouse"}


def test_every_command_can_be_typed() -> None:
    commands = [word for word in code(TEXT) if word.startswith(COMMANDS)]
    assert commands
    assert [fault for fault in map(lacks_command, commands) if fault] == []


def test_a_name_that_is_wrong_is_found() -> None:
    assert not is_known("module.lake.aws_s3_bucket_policy.these")
    assert not is_known("module.lakes.aws_s3_bucket_policy.this")
    assert not is_known("docs/insecurity.md")
    assert lacks_test("tests/infra/test_plan.py::test_a_role_has_no_boundary")
    assert lacks_test("lakes.tftest.hcl::plain_http_is_refused")
    assert lacks_test("tests/infra/plan.py::of_each_environment")
    assert lacks_command("make test-nothing")
    assert lacks_command("lakehouse doctors")
    assert lacks_command("lakehouse doctor --aim snowflake")
    assert lacks_command("python -m tests.nothing")
