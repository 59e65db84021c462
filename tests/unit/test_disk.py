"""A full disk is named with its path, however the writer came by it."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from ingestion.bronze.delta import data_files
from ingestion.bronze.load import _cause
from ingestion.disk import DiskFull, naming_full_disk

FULL = OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_behind_a_link_that_is_not_possible_is_told_with_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    def copy(*_: object) -> None:
        raise FULL

    monkeypatch.setattr(os, "link", link)
    monkeypatch.setattr(shutil, "copyfile", copy)
    with pytest.raises(DiskFull) as failed:
        data_files._link(tmp_path / "a", tmp_path / "table" / "b")
    assert str(failed.value).startswith(f"{tmp_path}/table/.b: no space left on device; free some, then run again")
    assert _cause(failed.value, "bronze.a") is failed.value


def test_a_full_disk_deep_in_a_chain_of_errors_is_told_with_the_place() -> None:
    def chained() -> None:
        try:
            raise FULL
        except OSError as error:
            raise ValueError("a library's step failed") from error

    with pytest.raises(DiskFull, match=r"^/lake/dlt: no space left on device"), naming_full_disk("/lake/dlt"):
        chained()


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(OSError, match="link") as failed, naming_full_disk("/lake"):
        raise OSError(errno.EXDEV, "link")
    assert failed.type is OSError


def test_an_error_raised_from_the_one_that_wraps_it_is_no_full_disk() -> None:
    step, cause = RuntimeError("a library's step failed"), ValueError("no key")
    step.__cause__, cause.__cause__ = cause, step
    with pytest.raises(ValueError, match="no key"), naming_full_disk("/lake"):
        raise cause
