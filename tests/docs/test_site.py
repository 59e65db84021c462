"""What stands in the docs site, read out of the page itself."""

import re

import pytest
from bs4 import BeautifulSoup

from ingestion.settings import PROJECT
from tests.docs.conftest import Site

LOADS = re.compile(r"@import\s+(url\()?['\"]?(https?:)?//|url\(['\"]?(https?:)?//", re.IGNORECASE)


def test_every_gold_model_of_the_project_is_there(site: Site) -> None:
    files = {path.stem for path in (PROJECT / "dbt_project" / "models" / "gold").rglob("*.sql")}
    assert {node["name"] for node in site.gold.values()} == files
    assert {"fact_sales", "dim_customers", "customer_360"} <= files


def test_every_gold_model_and_column_is_described(site: Site) -> None:
    silent = [key for key, node in site.gold.items() if not node["description"].strip()]
    silent += [
        f"{key}.{name}"
        for key, node in site.gold.items()
        for name, column in node["columns"].items()
        if not column["description"].strip()
    ]
    assert silent == []


def test_the_results_of_tests_are_described_with_the_types_that_the_lake_gives_them(site: Site) -> None:
    key = "source.lakehouse.audit.dq_results"
    columns = site.manifest["sources"][key]["columns"]
    assert [name for name, column in columns.items() if not column["description"].strip()] == []
    held = {name: column["type"] for name, column in site.catalog["sources"][key]["columns"].items()}
    assert held == {name: column["data_type"] for name, column in columns.items()}


def test_every_gold_column_has_the_type_that_the_lake_gives_it(site: Site) -> None:
    for key, node in site.gold.items():
        promised = {name: column["data_type"].replace(" ", "") for name, column in node["columns"].items()}
        held = {name: column["type"] for name, column in site.catalog["nodes"][key]["columns"].items()}
        assert held == promised, key


@pytest.mark.parametrize(
    ("child", "parents"),
    [
        ("fact_sales", {"source.lakehouse.bronze.snowflake__orders", "source.lakehouse.bronze.fx_rates__rates_daily"}),
        ("dim_customers", {"snapshot.lakehouse.customers_history", "source.lakehouse.bronze.salesforce__account"}),
        ("agg_daily_sales", {"model.lakehouse.fact_sales", "source.lakehouse.bronze.vendor_files__price_list"}),
    ],
)
def test_lineage_leads_from_sources_to_gold(site: Site, child: str, parents: set[str]) -> None:
    assert parents <= ancestors(site, f"model.lakehouse.{child}")


def test_every_gold_model_comes_from_a_source(site: Site) -> None:
    for key in site.gold.keys() - {"model.lakehouse.dim_dates"}:
        assert any(one.startswith(("source.", "seed.")) for one in ancestors(site, key)), key


def ancestors(site: Site, key: str) -> set[str]:
    """Everything upstream."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        for parent in set(site.manifest["parent_map"][waiting.pop()]) - found:
            found.add(parent)
            waiting.append(parent)
    return found


def test_the_page_asks_the_network_for_nothing(site: Site) -> None:
    page = BeautifulSoup(site.html, "html.parser")
    asked = [tag[name] for tag in page.find_all(True) for name in ("src", "data") if tag.has_attr(name)]
    asked += [tag["href"] for tag in page.find_all("link") if tag.has_attr("href")]
    assert [address for address in asked if address.startswith(("http", "//"))] == []
    assert LOADS.search(site.html) is None
    # this turns the page's tracking off
    assert site.manifest["metadata"]["send_anonymous_usage_stats"] is False


def test_the_page_tells_nothing_of_the_machine_that_wrote_it(site: Site) -> None:
    assert str(PROJECT) not in site.page.read_text()
    assert str(site.page.parent.parent) not in site.page.read_text()
