"""Models are where one looks for them, are described and tested, and use no engine's own SQL: design of the project,
read from its files."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.settings import PROJECT

MODELS = sorted((PROJECT / "dbt_project" / "models").rglob("*.sql"))
SNAPSHOTS = sorted((PROJECT / "dbt_project" / "snapshots").glob("*.yml"))
AUDIT = PROJECT / "dbt_project" / "models" / "audit" / "audit.yml"
SEEDS = sorted((PROJECT / "seeds").glob("*.csv"))
OF_DBT = ("athena", "spark")  # what replaces macros of dbt's adapters has their names and files
MACROS = sorted(path for path in (PROJECT / "macros").rglob("*.sql") if path.parent.name not in OF_DBT)
LONGEST = {"silver": 90, "intermediate": 120, "gold": 170}
"""Lines that a model may have; a longer one wants another model before it."""
ENGINE_FUNCTIONS = (
    "::",
    "target.",
    "current_date",
    "current_timestamp",
    "get_json_object",
    "initcap",
    "datediff",
    "date_add",
    "explode",
    "unix_micros",
    "qualify",
    "group by all",
)
DOC = re.compile(r"\{\{ doc\('(\w+)'\) \}\}")
VERSIONS = ("__versions", "__staged")
"""Models of every version that a load brought: two equal rows of a source stay two."""
REJECTED = "__quarantine"
"""Views of a `__validated` model's rows, whose tests are that model's."""
PICKED = re.compile(r"valid_rows\(|ref\('\w+__v(alidated|ersions)'\)")
"""In models that pick rows of a validated model, or the latest of versions: their logic has tests of its own."""
HISTORIES = "asks the tables that are there: tests/integration/test_histories.py compares what comes of it"
NO_UNIT_TEST = {
    "dim_dates": "has no input that one could give: its rows are tested",
    "touched_orders": HISTORIES,
    "touched_payments": HISTORIES,
}
"""Models with logic that have no unit test, and why."""


def layer_of(model: Path) -> str:
    """The folder of models in which a model stands: silver, intermediate, gold."""
    return model.relative_to(PROJECT / "dbt_project" / "models").parts[0]


each_model = pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)


@cache
def described(path: Path) -> dict[str, Any]:
    """The one resource that a YAML file describes."""
    content = yaml.safe_load(path.with_suffix(".yml").read_text())
    (resource,) = next(content[kind] for kind in ("models", "snapshots", "seeds") if kind in content)
    found: dict[str, Any] = resource
    return found


@cache
def doc_blocks() -> list[str]:
    pages = (PROJECT / "dbt_project" / "docs").glob("*.md")
    return [name for page in pages for name in re.findall(r"\{% docs (\w+) %\}", page.read_text())]


def kinds_of_tests(resource: dict[str, Any]) -> list[str]:
    """The kinds of a resource's tests, those of its columns included."""
    tests = [*resource.get("data_tests", [])]
    for column in resource["columns"]:
        tests += column.get("data_tests", [])
    return [next(iter(test)) for test in tests]


@pytest.mark.parametrize("path", [*MODELS, *SNAPSHOTS, *SEEDS], ids=lambda path: path.stem)
def test_everything_is_described_beside_its_file_with_its_grain_first(path: Path) -> None:
    resource = described(path)
    assert resource["name"] == path.stem
    assert resource["description"].startswith("One row for each ")
    undescribed = [column["name"] for column in resource["columns"] if not DOC.fullmatch(column["description"])]
    assert not undescribed


def test_every_doc_block_is_there_once_and_used() -> None:
    blocks = doc_blocks()
    assert len(blocks) == len(set(blocks))
    described_files = [*MODELS, *SNAPSHOTS, *SEEDS]
    used = {name for path in [*described_files, AUDIT] for name in DOC.findall(path.with_suffix(".yml").read_text())}
    assert used == set(blocks)


@pytest.mark.parametrize(
    "model", [path for path in MODELS if not path.stem.endswith((*VERSIONS, REJECTED))], ids=lambda path: path.stem
)
def test_every_model_has_a_test_of_its_grain_and_a_business_rule(model: Path) -> None:
    kinds = kinds_of_tests(described(model))
    assert "grain" in kinds
    assert {"keeps_rules", "breaks_known_rules", "holds"} & set(kinds)


@pytest.mark.parametrize(
    "model", [path for path in MODELS if not PICKED.search(path.read_text())], ids=lambda path: path.stem
)
def test_every_model_with_logic_has_a_unit_test(model: Path) -> None:
    tests = yaml.safe_load(model.with_suffix(".yml").read_text()).get("unit_tests", [])
    assert (model.stem in {test["model"] for test in tests}) != (model.stem in NO_UNIT_TEST)


@pytest.mark.parametrize("model", [path for path in MODELS if layer_of(path) == "gold"], ids=lambda path: path.stem)
def test_gold_has_a_group_with_an_owner_a_key_and_the_type_of_every_column(model: Path) -> None:
    resource = described(model)
    gold = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["models"]["lakehouse"]["gold"]
    groups = yaml.safe_load((PROJECT / "dbt_project" / "models" / "groups.yml").read_text())["groups"]
    owners = {group["name"]: group["owner"]["email"] for group in groups}
    assert owners[gold.get(model.parent.name, gold)["+group"]]
    assert "unique_key=" in model.read_text()
    assert all(column.get("data_type") for column in resource["columns"])


def warnings(layer: str) -> set[str]:
    """What the tests of severity warn of a layer ask of values: a key of another table, or values of a list."""
    asked = set()
    for path in (path for path in MODELS if layer_of(path) == layer):
        for column in described(path)["columns"]:
            for test in column.get("data_tests", []):
                [(kind, given)] = test.items()
                if given.get("config", {}).get("severity") == "warn" and kind in ("relationships", "accepted_values"):
                    asked.add(f"{column['name']}: {sorted(given['arguments'].items())}")
    return asked


def test_gold_repeats_no_warning_of_silver() -> None:
    assert len(warnings("silver")) > 10
    assert not warnings("gold") & warnings("silver")


@each_model
def test_a_model_uses_no_engines_own_sql_and_ends_in_one_line(model: Path) -> None:
    text = model.read_text()
    assert not [function for function in ENGINE_FUNCTIONS if function in text.lower()]
    assert re.fullmatch(r"select \* from final|\{\{ changed_rows\('final'.*\) \}\}", text.splitlines()[-1])
    assert len(text.splitlines()) <= LONGEST[layer_of(model)]


@pytest.mark.parametrize("macro", MACROS, ids=lambda path: path.stem)
def test_a_macros_file_is_called_like_it_and_says_what_it_is_for(macro: Path) -> None:
    text = macro.read_text()
    assert re.search(rf"\{{%-? macro {macro.stem}\(", text)
    assert text.startswith("{#")


def test_tests_are_named_by_sentences_of_their_own() -> None:
    files = [path.with_suffix(".yml").read_text() for path in [*MODELS, *SNAPSHOTS, *SEEDS]]
    names = re.findall(r"^ {10,14}name: (\w+)$", "\n".join(files), re.MULTILINE)
    assert len(names) > 100
    assert len(names) == len(set(names))
    assert all("_" in name for name in names)
