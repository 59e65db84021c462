"""The docs site of the built lake, written once."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ingestion.settings import Settings
from operations.commands.docs import write_site

MANIFEST, CATALOG = "n={manifest:", ",catalog:"
"""What stands before the data in dbt's page."""


@dataclass(frozen=True)
class Site:
    """The page, and the data that is embedded in it."""

    page: Path
    html: str
    """Without the data."""
    manifest: dict[str, Any]
    catalog: dict[str, Any]

    @property
    def gold(self) -> dict[str, Any]:
        """Gold's models, by unique id."""
        nodes = self.manifest["nodes"].items()
        return {key: node for key, node in nodes if node["resource_type"] == "model" and node["fqn"][1] == "gold"}


@pytest.fixture(scope="session")
def site(lake: Settings) -> Site:
    """Written by the command's own function."""
    return read_site(write_site(lake))


def read_site(page: Path) -> Site:
    """Take the page apart."""
    text = page.read_text()
    start = text.index(MANIFEST) + len(MANIFEST)
    manifest, end = json.JSONDecoder().raw_decode(text, start)
    assert text.startswith(CATALOG, end)
    catalog, end = json.JSONDecoder().raw_decode(text, end + len(CATALOG))
    return Site(page, text[:start] + text[end:], manifest, catalog)
