import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingestion.settings import Settings
from tests.conftest import PREFIXES
from tests.unit.bronze.memory import Lake


@contextmanager
def empty_home(folder: Path) -> Iterator[Settings]:
    """A home that nothing but this test's variables points at; now is 2026-10-15, 23:00."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(PREFIXES)]:
            patch.delenv(name)
        patch.setenv("LAKEHOUSE_HOME", str(folder))
        patch.setenv("LAKEHOUSE_NOW", "2026-10-15T23:00:00Z")
        yield Settings.load()


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """An empty lake."""
    with empty_home(tmp_path / "home") as settings:
        yield Lake(settings)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Of a lake that the tests of a module fill together."""
    with empty_home(tmp_path_factory.mktemp("home")) as settings:
        yield settings
