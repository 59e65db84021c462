"""Mermaid itself draws each diagram of the pages, and leaves a picture of each for people to look at."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.settings import PROJECT
from tests.docs.browser import Browser, opened
from tests.docs.pages import diagrams
from tests.engines.bringing import brought_by

pytestmark = pytest.mark.browser

PAGES = {path.name: diagrams(path.read_text()) for path in (PROJECT / "docs").glob("*.md")}
DRAWN = [(name, heading) for name, found in PAGES.items() for heading in found]
DRAW = """
const [text, done] = arguments;
mermaid.render("drawn", text)
    .then(({svg}) => { document.body.innerHTML = svg; done(""); })
    .catch(error => done(String(error)));
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    [program] = brought_by(Path(__file__).parent / "mermaid" / "install").glob("*.js")
    folder = tmp_path_factory.mktemp("diagrams")
    page = folder / "page.html"
    page.write_text(f'<!doctype html><body></body><script src="{program.as_uri()}"></script>')
    with opened(folder / "profile") as found:
        found.driver.get(page.as_uri())
        found.driver.execute_script("mermaid.initialize({startOnLoad: false, securityLevel: 'strict'})")
        yield found


def drawn(browser: Browser, text: str) -> str:
    """Draw a diagram; returns Mermaid's error, if it has one."""
    browser.driver.set_script_timeout(120)
    error: str = browser.driver.execute_async_script(DRAW, text)
    return error


@pytest.mark.parametrize(("name", "heading"), DRAWN)
def test_mermaid_draws_it_with_every_label(browser: Browser, tmp_path: Path, name: str, heading: str) -> None:
    text = PAGES[name][heading]
    assert drawn(browser, text) == ""
    picture = browser.wait("svg")
    picture.screenshot(str(tmp_path / f"{heading}.png"))
    words = " ".join(picture.text.split())
    labels = [part for label in re.findall(r'"([^"]+)"', text) for part in label.split("<br/>")]
    labels += re.findall(r"^ +(\w+) --> ", text, re.MULTILINE) if text.startswith("stateDiagram") else []
    assert labels
    assert [label for label in labels if label not in words] == []


def test_a_mistake_is_found(browser: Browser) -> None:
    assert "Parse error" in drawn(browser, "flowchart LR\n    lake[(Lake) --> state\n")
