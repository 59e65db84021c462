"""The units of infra/systemd, read by systemd itself: tests/infra/systemd/install brings it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from operations.steps import SCHEDULES
from operations.systemd import FOLDER, on_calendar

pytestmark = pytest.mark.infra

PROGRAMS = ("opt/lakehouse/.venv/bin/lakehouse", "etc/lakehouse/notify")


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A root folder with the units where docs/operate/schedules.md installs them, and with this machine's systemd."""
    shutil.copytree(FOLDER, tmp_path / "etc" / "systemd" / "system")
    shutil.copytree("/lib/systemd/system", tmp_path / "lib" / "systemd" / "system", symlinks=True)
    for program in PROGRAMS:
        path = tmp_path / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    return tmp_path


def verified(root: Path) -> str:
    """Return what systemd says of the units; nothing where all is right."""
    names = [f"lakehouse@{one.name}.{kind}" for one in SCHEDULES for kind in ("timer", "service")]
    ended = analyze("verify", f"--root={root}", "--man=no", *names, "lakehouse-notify@daily.service")
    return ended.stderr + ("" if ended.returncode == 0 else f"exit code {ended.returncode}")


def test_systemd_finds_nothing_wrong(installed: Path) -> None:
    assert verified(installed) == ""


def test_systemd_finds_what_is_wrong(installed: Path) -> None:
    service = installed / "etc" / "systemd" / "system" / "lakehouse@.service"
    service.write_text(service.read_text().replace("KillMode=mixed", "KilMode=mixed"))
    assert "KilMode" in verified(installed)


@pytest.mark.parametrize("cron", [*(one.cron for one in SCHEDULES), "*/5 * * * *"])
def test_systemd_reads_the_time_of_a_schedule(cron: str) -> None:
    ended = analyze("calendar", on_calendar(cron))
    assert ended.returncode == 0, ended.stderr
