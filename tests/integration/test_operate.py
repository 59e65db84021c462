"""Follows the deployment guide, the runbook and the recovery drills on the demo: their blocks `sh` are run.

Blocks `console` need an account: tests/docs/test_operate_pages.py checks that each command and option exists.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devstack import services as local
from devstack import startup
from devstack.generator import Demo, state
from ingestion.settings import PROJECT, Settings
from tests.integration.page_reader import Reader, reader_of

pytestmark = pytest.mark.commands


@pytest.fixture
def broker(demo: Demo, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Settings of a Kafka with the demo's messages: other tests count those of the shared one."""
    settings = replace(Settings.load(), home=tmp_path / "kafka")
    settings.services.mkdir(parents=True)
    state.write(settings, demo.line)
    startup.up(settings, ["kafka"])
    try:
        addresses = local.environment(settings)
        yield {name: value for name, value in addresses.items() if name.startswith("SOURCES__KAFKA__")}
    finally:
        local.down(settings, ["kafka"])


@pytest.fixture
def reader(lake: Settings, tmp_path: Path, broker: dict[str, str]) -> Reader:
    reader = reader_of(lake, tmp_path)
    reader.environment.update(broker)
    return reader


@pytest.mark.parametrize("page", ["deploy", "runbook", "recovery"])
def test_a_page_holds_when_it_is_followed(page: str, reader: Reader) -> None:
    reader.follow(PROJECT / "docs" / "operate" / f"{page}.md")
    assert "sh" in reader.done
