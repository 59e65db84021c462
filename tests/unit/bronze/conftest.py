from pathlib import Path

import pytest

from ingestion.settings import Settings
from tests.unit.bronze.memory import Lake


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """An empty lake; now is 2026-10-15, 23:00."""
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LAKEHOUSE_NOW", "2026-10-15T23:00:00Z")
    return Lake(Settings.load())
