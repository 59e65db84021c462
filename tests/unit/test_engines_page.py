"""docs/engines.md is about this project as it is."""

import re
from pathlib import Path

import pytest

from ingestion.settings import PROJECT
from tests.engines.__main__ import PAGE, written

NO_TABLE = re.compile(r"materialized['\"]?\s*[:=]\s*['\"]?(ephemeral|view)")


def texts(model: Path) -> str:
    """What stands in a model's SQL and its YAML."""
    return model.read_text() + model.with_suffix(".yml").read_text()


LAYERS = [PROJECT / "dbt_project" / "models" / layer for layer in ("silver", "gold")]
"""Of intermediate models none is a table, by dbt_project.yml."""
MODELS = [path for layer in LAYERS for path in layer.rglob("*.sql")]
SNAPSHOTS = [*(PROJECT / "dbt_project" / "snapshots").glob("*.sql")]
TABLES = [
    *(f"{path.parts[-3]}.{path.stem}" for path in MODELS if not NO_TABLE.search(texts(path))),
    *(f"snapshots.{path.stem}" for path in SNAPSHOTS),
]
MACROS = [*(PROJECT / "macros").rglob("*.sql")]


def test_the_page_has_figures_of_every_table() -> None:
    page = PAGE.read_text()
    later = set(re.findall(r"[a-z]+\.\w+", page.partition("Not in the figures yet")[2].partition("\n\n")[0]))
    missing = {table for table in TABLES if f"| {table} | first |" not in page}
    assert missing == later, (
        "run `make engines-page`, and take the tables that it has out of the list above its figures"
    )


def test_everything_that_engines_spell_differently_is_on_the_page() -> None:
    differ = {path.stem for path in MACROS if "adapter.dispatch(" in path.read_text()}
    mended = {path.stem for path in MACROS if path.parent.name in ("spark", "athena")}
    assert not [name for name in differ | mended if f"`{name}`" not in PAGE.read_text()]


def test_at_most_twenty_macros_are_spelled_for_each_engine() -> None:
    dispatched = re.findall(r"adapter\.dispatch\('(\w+)'\)", "".join(path.read_text() for path in MACROS))
    assert 10 < len(set(dispatched)) <= 20


def test_figures_are_replaced_and_the_rest_stays() -> None:
    page = "before\n<!-- figures: make engines-page -->\nold\n<!-- /figures -->\nafter\n"
    once = written(page, "new")
    assert once == "before\n<!-- figures: make engines-page -->\n\nnew\n<!-- /figures -->\nafter\n"
    assert written(once, "new") == once
    with pytest.raises(ValueError, match="has no lines"):
        written("nothing", "new")
