"""The files of a job of EMR Serverless, four of them in `build/`: `make environment`.

    environment.tar.gz   the libraries of requirements/emr.txt and `bin/python`; Spark unpacks it as `environment`
    project.tar.gz       the dbt project
    lakehouse.whl        this project's packages
    build_job.py         the script

The same sources give the same bytes. Spark and its Python come with EMR.
"""

import gzip
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ingestion.settings import PROJECT
from operations.emr import build_job

FOLDER = PROJECT / "build"
ENVIRONMENT = "environment.tar.gz"
SCRIPT = "build_job.py"
FILES = (ENVIRONMENT, build_job.PROJECT_FILE, build_job.WHEEL_FILE, SCRIPT)
LOCK = PROJECT / "requirements" / "emr.txt"
PROJECT_PARTS = ("dbt_project.yml", "profiles.yml", "dbt_project", "macros", "seeds")
PLATFORM = "x86_64-manylinux_2_28"
"""Amazon Linux 2023 on the application's architecture, X86_64, whatever machine this is."""
LAUNCHER = """\
#!/bin/sh
# EMR's own Python 3.11 with this environment's libraries, wherever the archive is unpacked; Spark's come first.
here=$(cd "$(dirname "$0")/.." && pwd)
PYTHONPATH="${PYTHONPATH:+$PYTHONPATH:}$here/lib/python3.11/site-packages" exec "${LAKEHOUSE_PYTHON:-python3.11}" "$@"
"""


class PackagingFailed(RuntimeError):
    """A file of the job could not be made: which, why, what to do."""


def package(folder: Path) -> None:
    """Make all four files."""
    package_environment(folder)
    package_code(folder)


def package_environment(folder: Path) -> None:
    """Make the archive of the libraries, from wheels alone. Raises PackagingFailed."""
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name)
        launcher, libraries = tree / "bin" / "python", tree / "lib" / "python3.11" / "site-packages"
        launcher.parent.mkdir()
        launcher.write_text(LAUNCHER)
        launcher.chmod(0o755)
        where: list[str | Path] = ["--target", libraries, "--python-platform", PLATFORM, "--python-version", "3.11"]
        how = ["--only-binary", ":all:", "--require-hashes", "--no-deps", "--link-mode", "copy"]
        _run(ENVIRONMENT, _beside_python("uv"), "pip", "install", "--quiet", *how, *where, "--requirements", LOCK)
        shutil.rmtree(
            libraries / "bin", ignore_errors=True
        )  # commands that begin with the path of this machine's Python
        (libraries / ".lock").unlink(missing_ok=True)
        pack(folder / ENVIRONMENT, dict(_files(tree, tree)))


def package_code(folder: Path) -> None:
    """Make the dbt project's archive, the wheel and the script. Raises PackagingFailed."""
    parts = [PROJECT / part for part in PROJECT_PARTS]
    pack(folder / build_job.PROJECT_FILE, {name: path for part in parts for name, path in _files(part, PROJECT)})
    with tempfile.TemporaryDirectory() as name:
        _run(build_job.WHEEL_FILE, sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", name)
        [wheel] = Path(name).glob("*.whl")
        shutil.move(wheel, folder / build_job.WHEEL_FILE)
    shutil.copyfile(build_job.__file__, folder / SCRIPT)


def pack(archive: Path, files: Mapping[str, Path]) -> None:
    """Write a tar.gz of files by their names in it; nothing of this machine and hour is in its bytes."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    draft = archive.with_name(f".{archive.name}.part")
    with (
        draft.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for name, path in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = path.stat().st_size
            entry.mode = 0o755 if os.access(path, os.X_OK) else 0o644
            with path.open("rb") as content:
                tar.addfile(entry, content)
    draft.replace(archive)


def _files(part: Path, root: Path) -> Iterator[tuple[str, Path]]:
    """Yield each file of a part by its name below the root; no compiled Python."""
    for path in [part] if part.is_file() else part.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            yield path.relative_to(root).as_posix(), path


def _run(made: str, *command: "str | Path") -> None:
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise PackagingFailed(f"{made}: {command[0]} failed: {' '.join(ended.stderr.split())}; run `make setup`")


def _beside_python(program: str) -> Path:
    path = Path(sys.executable).with_name(program)
    if not path.exists():
        raise PackagingFailed(f"{ENVIRONMENT}: no {program} at {path}: run `make setup`")
    return path


if __name__ == "__main__":
    package(FOLDER)
    for file in FILES:
        print(f"{(FOLDER / file).stat().st_size / 1e6:7.1f} MB  {FOLDER / file}")  # noqa: T201
