"""A real browser, without a window."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions as seen
from selenium.webdriver.support.ui import WebDriverWait

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
        """Return the nodes of the graph, as the page's own program has them; the picture itself is one canvas."""
        script = "return angular.element(document.body).injector().get('graph').graph.elements.map(e => e.data.id)"
        return set(self.driver.execute_script(script))

    def requests(self) -> list[str]:
        """Every address that the page asked for."""
        entries = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        asked = [
            entry["params"]["request"]["url"] for entry in entries if entry["method"] == "Network.requestWillBeSent"
        ]
        return [address for address in asked if not address.startswith(("chrome:", "data:"))]


@contextmanager
def opened(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
