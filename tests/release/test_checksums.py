"""A release's folder is what its list of checksums says, and nothing else."""

import json
import subprocess
from pathlib import Path

import pytest

from infra.release.checksums import DESCRIPTION, SUMS, read_release, write_sums
from infra.release.identity import ReleaseError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("page")
    (tmp_path / DESCRIPTION).write_text(json.dumps({"version": "1.2.0"}))
    write_sums(tmp_path)
    return tmp_path


def test_a_release_is_read_with_its_version_and_files(folder: Path) -> None:
    release = read_release(folder)
    assert (release.version, release.names) == ("1.2.0", ["release.json", "site/index.html"])


def test_sha256sum_reads_the_list(folder: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=folder, check=True)


def test_a_changed_file_is_named(folder: Path) -> None:
    (folder / "site" / "index.html").write_text("other")
    with pytest.raises(ReleaseError, match=r"index\.html has the SHA-256"):
        read_release(folder)


@pytest.mark.parametrize("change", ["more", "less"])
def test_a_file_too_many_or_too_few_is_named(folder: Path, change: str) -> None:
    path = folder / "site" / "index.html"
    path.unlink() if change == "less" else path.with_name("more.html").write_text("")
    with pytest.raises(ReleaseError, match=r"site/\w+\.html"):
        read_release(folder)


def test_a_folder_without_a_list_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="holds no SHA256SUMS"):
        read_release(tmp_path)
