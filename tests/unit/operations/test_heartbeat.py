"""Files by which a health check sees that a command goes on."""

from pathlib import Path

import pytest

from operations.processes.heartbeat import beat


def test_each_thing_that_is_followed_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_HEARTBEATS", str(tmp_path / "heartbeats"))
    beat("arrivals")
    beat("user_events")
    assert sorted(file.name for file in (tmp_path / "heartbeats").iterdir()) == ["arrivals", "user_events"]


def test_a_folder_that_can_not_be_written_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LAKEHOUSE_HEARTBEATS", str(tmp_path / "file" / "heartbeats"))
    beat("arrivals")
