"""The docs site in a real browser: opened from its file and clicked through.

People can look at what it saw: `fact_sales.png` and `lineage.png` beside the page.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions as seen
from selenium.webdriver.support.ui import WebDriverWait

from tests.docs.conftest import Site

pytestmark = pytest.mark.browser

FLAGS = (
    "--headless",
    "--no-sandbox",  # Chromium refuses to start as root otherwise
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1500,1100",
)
SECONDS = 30


class Browser:
    """A page that people click through."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def wait(self, selector: str, by: str = By.CSS_SELECTOR) -> WebElement:
        """The first visible element, as soon as it is there."""
        found: WebElement = WebDriverWait(self.driver, SECONDS).until(
            seen.visibility_of_element_located((by, selector)), f"no {selector} on the page"
        )
        return found

    def open_folder(self, name: str) -> None:
        """Click a closed folder of the tree."""
        self.wait(f"//a[contains(@class, 'menu-tree')][normalize-space(.) = '{name}']", By.XPATH).click()

    def lineage(self) -> set[str]:
        """What the graph draws, as the page's own program has it; the picture itself is one canvas."""
        script = "return angular.element(document.body).injector().get('graph').graph.elements.map(e => e.data.id)"
        return set(self.driver.execute_script(script))

    def requests(self) -> list[str]:
        """Every address that the page asked for."""
        entries = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        asked = [
            entry["params"]["request"]["url"] for entry in entries if entry["method"] == "Network.requestWillBeSent"
        ]
        return [address for address in asked if not address.startswith(("chrome:", "data:"))]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={tmp_path}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        yield Browser(driver)
    finally:
        driver.quit()


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
