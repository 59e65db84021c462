"""The docs site in a real browser: opened from its file and clicked through.

People can look at what it saw: `fact_sales.png` and `lineage.png` beside the page.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from tests.docs.browser import Browser, opened
from tests.docs.conftest import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with opened(tmp_path) as found:
        yield found


def test_a_visitor_without_a_network_finds_fact_sales_and_its_lineage(browser: Browser, site: Site) -> None:
    browser.driver.get(site.page.as_uri())
    for folder in ("lakehouse", "dbt_project", "models", "gold"):
        browser.open_folder(folder)
    for folder in sorted({folder for node in site.gold.values() for folder in node["fqn"][2:-1]}):
        browser.open_folder(folder)
    for key in site.gold:
        browser.wait(f"a[data-nav-unique-id='{key}']")
    browser.wait("a[data-nav-unique-id='model.lakehouse.fact_sales']").click()
    fact = site.manifest["nodes"]["model.lakehouse.fact_sales"]
    body = browser.wait("//div[contains(@class, 'model-markdown')]", By.XPATH)
    assert first_words(fact["description"]) in " ".join(body.text.split())
    columns = {row.text for row in browser.driver.find_elements(By.CSS_SELECTOR, "tr.column-row td:first-child")}
    assert columns == set(fact["columns"])
    browser.driver.save_screenshot(str(site.page.with_name("fact_sales.png")))
    browser.wait(".launcher a, .launcher button").click()
    assert browser.wait("canvas").size["height"] > 100
    drawn = browser.lineage()
    beside = site.manifest["parent_map"][fact["unique_id"]] + site.manifest["child_map"][fact["unique_id"]]
    assert {"model.lakehouse.order_items", "model.lakehouse.sold_lines"} <= set(beside)
    assert {fact["unique_id"], *(key for key in beside if key.startswith("model."))} <= drawn
    browser.driver.save_screenshot(str(site.page.with_name("lineage.png")))
    assert all(address.startswith("file:") for address in browser.requests())


def first_words(text: str) -> str:
    """Enough of a description to know it again, without markdown."""
    return " ".join(text.split()[:5]).split("`")[0]
