"""A release of one commit, made twice in different folders, and its wheel installed elsewhere."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.release.checksums import read_release
from ingestion.settings import PROJECT

pytestmark = pytest.mark.commands

WITHOUT = ("--without=image", "--without=environment")
"""Made by make image and make environment, whose tests are tests/image and tests/engines."""


def git(folder: Path, *words: str) -> None:
    own = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, *own, *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two releases, each made in a clone of its own, of this checkout's files in one commit."""
    source = tmp_path_factory.mktemp("source") / "project"
    listed = subprocess.run(
        ["git", "-C", PROJECT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, source / name)
    git(source, "init")
    git(source, "add", "--all", "--force")
    git(source, "commit", "--message", "all")
    return [made(source, tmp_path_factory.mktemp(f"clone{number}") / "project") for number in range(2)]


def made(source: Path, clone: Path) -> Path:
    git(source.parent, "clone", str(source), str(clone))
    variables = {name: value for name, value in os.environ.items() if not name.startswith("LAKEHOUSE_")}
    ended = subprocess.run(
        [sys.executable, "-m", "infra.release.make", *WITHOUT],
        cwd=clone,
        env=variables,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("it was left out") == len(WITHOUT)
    return Path(ended.stdout.strip())


def contents(release: Path) -> Mapping[str, bytes]:
    return {name: (release / name).read_bytes() for name in read_release(release).names}


def test_two_releases_of_a_commit_are_equal_byte_by_byte(releases: list[Path]) -> None:
    first, second = map(contents, releases)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert {"manifest.json", "project.tar.gz", "release.json", "sbom.cdx.json", "site/index.html"} < first.keys()
    assert [name.split("-")[0] for name in first if name.endswith(".whl")] == ["dbt_lake", "lakehouse"]


def test_no_file_names_the_folder_it_was_made_in(releases: list[Path]) -> None:
    place = str(releases[0].parents[1]).encode()
    assert [name for name, content in contents(releases[0]).items() if place in content] == []


def test_the_sbom_names_what_runs_in_production(releases: list[Path]) -> None:
    bom = json.loads((releases[0] / "sbom.cdx.json").read_text())
    assert bom["bomFormat"] == "CycloneDX"
    packages = {component["name"]: component["version"] for component in bom["components"]}
    assert {"dlt", "deltalake", "dbt-core", "pysail"} <= packages.keys()
    assert "moto" not in packages


def test_an_installed_wheel_works_with_the_unpacked_project(releases: list[Path], tmp_path: Path) -> None:
    [wheel] = releases[0].glob("lakehouse-*.whl")
    shutil.unpack_archive(wheel, tmp_path / "packages", "zip")
    with tarfile.open(releases[0] / "project.tar.gz") as archive:
        archive.extractall(tmp_path / "project", filter="data")
    home = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LAKEHOUSE_HOME": str(tmp_path / "home")}

    def lakehouse(**variables: str) -> subprocess.CompletedProcess[str]:
        program = "import sys; sys.path.insert(0, sys.argv.pop(1)); from operations.cli import main; main()"
        command = [sys.executable, "-c", program, tmp_path / "packages", "status"]
        return subprocess.run(command, cwd=tmp_path, env={**home, **variables}, capture_output=True, text=True)

    ended = lakehouse()
    assert ended.returncode == 2
    assert "holds no dbt project" in ended.stderr
    assert "set LAKEHOUSE_PROJECT" in ended.stderr
    ended = lakehouse(LAKEHOUSE_PROJECT=str(tmp_path / "project"))
    assert ended.returncode == 0, ended.stderr
