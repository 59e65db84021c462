"""What the tests of the image share: one container, and the figures that they print at the end."""

import os
from collections.abc import Callable, Iterator

import pytest

from tests.image.container import Container, container

FIGURES: list[str] = []


@pytest.fixture(scope="session")
def image() -> str:
    """The name of the image that is tested."""
    name = os.environ.get("IMAGE")
    assert name, "IMAGE is not set: `make test-image` builds an image and names it"
    return name


@pytest.fixture(scope="session")
def lakehouse(image: str) -> Iterator[Container]:
    with container(image) as made:
        yield made


@pytest.fixture(scope="session")
def figure() -> Callable[[str], None]:
    """Takes a line that is printed after the tests."""
    return FIGURES.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in FIGURES:
        terminalreporter.write_line(line)
