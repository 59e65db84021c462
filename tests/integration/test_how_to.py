"""Follows each page of docs/how-to as a reader would: its blocks are those of tests/integration/page_reader.py."""

import re
from pathlib import Path

import pytest

from ingestion.settings import PROJECT, Settings
from tests.integration.page_reader import Reader, reader_of

pytestmark = pytest.mark.commands

PAGES = sorted((PROJECT / "docs" / "how-to").glob("*.md"))


@pytest.fixture
def reader(lake: Settings, tmp_path: Path) -> Reader:
    return reader_of(lake, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_holds_when_it_is_followed(page: Path, reader: Reader) -> None:
    reader.follow(page)
    assert "sh" in reader.done


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_leads_only_to_pages_that_exist(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text())
    assert all((page.parent / link).is_file() for link in links if "://" not in link)
