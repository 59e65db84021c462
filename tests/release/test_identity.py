"""The version of a release, of a small repository."""

import subprocess
from pathlib import Path

import pytest

from infra.release import identity
from infra.release.identity import ReleaseError


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    monkeypatch.setattr(identity, "PROJECT", tmp_path)
    git(tmp_path, "init")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--message", "one")
    return tmp_path


def git(folder: Path, *words: str) -> str:
    own = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", "-C", folder, *own, *words], check=True, capture_output=True, text=True).stdout


def test_a_tagged_commit_has_the_version_of_its_tag(repository: Path) -> None:
    git(repository, "tag", "v1.2.0")
    assert identity.identity().version == "1.2.0"


def test_a_commit_without_a_tag_has_a_version_of_its_own(repository: Path) -> None:
    made = identity.identity()
    assert made.version == f"1.2.0-{made.commit[:8]}"
    assert str(made.epoch) == git(repository, "log", "-1", "--format=%ct").strip()


def test_a_tag_that_is_not_the_declared_version_is_refused(repository: Path) -> None:
    git(repository, "tag", "v1.3.0")
    with pytest.raises(ReleaseError, match=r"tag v1\.3\.0, pyproject\.toml the version 1\.2\.0"):
        identity.identity()


@pytest.mark.parametrize("name", ["pyproject.toml", "new.txt"])
def test_files_that_the_commit_lacks_are_refused(repository: Path, name: str) -> None:
    with (repository / name).open("a") as file:
        file.write("# changed\n")
    with pytest.raises(ReleaseError, match=f"differs from its commit: .*{name}"):
        identity.identity()
