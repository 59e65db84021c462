"""A release's folder as it was made: SHA256SUMS lists every file, in the form that `sha256sum --check` reads."""

import json
from dataclasses import dataclass
from pathlib import Path

from infra.release.identity import ReleaseError
from operations.records.file_store import sha256

SUMS = "SHA256SUMS"
DESCRIPTION = "release.json"


@dataclass(frozen=True)
class Release:
    """A release whose files are those of its list."""

    folder: Path
    version: str
    sums: str
    """The text of SHA256SUMS."""

    @property
    def names(self) -> list[str]:
        """Every file of the list, by its path in the folder."""
        return names(self.sums)


def names(sums: str) -> list[str]:
    """Return the files that a list of checksums names."""
    return [line.split("  ", 1)[1] for line in sums.splitlines()]


def write_sums(folder: Path) -> None:
    """Write the list of a folder's files."""
    (folder / SUMS).write_text("".join(f"{sha256(folder / name)}  {name}\n" for name in _files(folder)))


def read_release(folder: Path) -> Release:
    """Return a release after its files were compared with its list. Raises ReleaseError for the first difference."""
    if not (folder / SUMS).is_file():
        raise ReleaseError(f"{folder} holds no {SUMS}: expected a folder of `make release`, such as dist/1.2.0")
    sums = (folder / SUMS).read_text()
    if lacking := set(names(sums)) ^ set(_files(folder)):
        raise ReleaseError(f"{folder}: {SUMS} and the files differ in {', '.join(sorted(lacking))}; make it again")
    for line in sums.splitlines():
        expected, name = line.split("  ", 1)
        if (found := sha256(folder / name)) != expected:
            raise ReleaseError(f"{folder / name} has the SHA-256 {found}, {SUMS} {expected}; make or fetch it again")
    return Release(folder, json.loads((folder / DESCRIPTION).read_text())["version"], sums)


def _files(folder: Path) -> list[str]:
    found = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != SUMS)
