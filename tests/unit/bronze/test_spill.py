"""What a process that died had spilled is removed by the next one; what a living one spills stays."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.bronze.rows import spill
from ingestion.settings import PROJECT

SPILLING = """
import os, sys
from pathlib import Path
from ingestion.bronze.rows import spill
Path(spill.folder(), "rows").write_text("spilled")
print(spill.folder(), flush=True)
sys.stdin.read()
os._exit(130)
"""


@pytest.fixture
def spilling(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that has spilled, and its folder; it ends without cleaning up when its input does."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    place = {"cwd": PROJECT, "env": {**os.environ, "TMPDIR": str(tmp_path)}}
    with subprocess.Popen([sys.executable, "-c", SPILLING], **pipes, **place) as process:  # type: ignore[call-overload]
        yield process, Path(process.stdout.readline().strip())
        process.communicate()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_an_interrupted_process_leaves_its_folder_to_the_next(
    spilling: tuple[subprocess.Popen[str], Path], here: None
) -> None:
    process, folder = spilling
    spill.remove_abandoned()
    assert (folder / "rows").read_text() == "spilled"
    process.communicate()
    assert (process.returncode, folder.exists()) == (130, True)
    own = Path(spill.folder.__wrapped__())
    assert (own.parent, own.stat().st_mode & 0o777) == (folder.parent, 0o700)
    assert list(folder.parent.iterdir()) == [own]


def test_what_is_no_folder_of_ours_stays(tmp_path: Path, here: None) -> None:
    others = [tmp_path / f"{spill.PREFIX}link", tmp_path / f"{spill.PREFIX}file", tmp_path / "another"]
    others[0].symlink_to(tmp_path)
    others[1].write_text("")
    others[2].mkdir()
    spill.remove_abandoned()
    assert sorted(tmp_path.iterdir()) == sorted(others)


def test_a_folder_that_another_process_takes_for_abandoned_is_made_again(
    tmp_path: Path, here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its making and its lock."""
    locked = spill.fcntl.flock
    removed: list[Path] = []

    def slowly(held: int, how: int) -> None:
        if not removed and how == spill.fcntl.LOCK_EX:
            removed.extend(tmp_path.iterdir())
            spill.remove_abandoned()
        locked(held, how)

    monkeypatch.setattr("ingestion.bronze.rows.spill.fcntl.flock", slowly)
    made = Path(spill.folder.__wrapped__())
    assert (removed[0].exists(), list(tmp_path.iterdir())) == (False, [made])
