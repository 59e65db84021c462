"""An environment's artifacts bucket: `releases/<version>/` as made, and `releases/current.json`, what it runs.

A version is written once: SHA256SUMS comes last and says that the rest is there. Its files are never replaced.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.release.checksums import SUMS, Release, names, read_release
from infra.release.identity import ReleaseError
from operations.emr.package import SCRIPT
from operations.emr.submission import make_current
from operations.records.file_store import FileStore

CURRENT = "releases/current.json"
TERRAFORMS = "airflow/dags/environment.json"
"""The runtime of tasks of the DAGs; Terraform writes it."""


@dataclass(frozen=True)
class Current:
    """The release that an environment runs."""

    version: str
    image: str | None
    """Its image by digest; None where the release has none."""
    canary: str
    """`passed`, or `skipped` of a roll-back."""
    previous: Mapping[str, Any] | None = None
    """The one before, without its own `previous`."""

    def named(self) -> dict[str, Any]:
        """Return it as the `previous` of the next one."""
        return {name: value for name, value in asdict(self).items() if name != "previous"}


class Bucket:
    """The releases of one environment. Raises ReleaseError, StoreUnavailable."""

    def __init__(self, s3: Any, name: str) -> None:
        """Args: s3: boto3's client; name: the bucket."""
        self._s3, self.name = s3, name
        self._files = FileStore(f"s3://{name}", s3)

    def upload(self, release: Release) -> None:
        """Write a version; one that is there already has to be the same, file by file."""
        there = self._files.text(f"releases/{release.version}/{SUMS}")
        if there == release.sums:
            return
        if there is not None:
            raise ReleaseError(
                f"s3://{self.name}/releases/{release.version} differs from {release.folder}: expected the same files, "
                "a version is never replaced; make a release of another commit"
            )
        for name in [*release.names, SUMS]:
            self._files.put(release.folder / name, f"releases/{release.version}/{name}")

    def fetch(self, version: str, folder: Path) -> Release:
        """Copy a version into an empty folder, compare it with its checksums, and return it."""
        sums = self._files.text(f"releases/{version}/{SUMS}")
        if sums is None:
            raise ReleaseError(
                f"s3://{self.name}/releases/{version} is not there: expected an uploaded version; "
                f"`infra/deploy upload dist/{version} <environment>`"
            )
        for name in [*names(sums), SUMS]:
            self._files.get(f"releases/{version}/{name}", folder / name)
        return read_release(folder)

    def current(self) -> Current | None:
        """Return what the environment runs; None before its first release."""
        text = self._files.text(CURRENT)
        return None if text is None else Current(**json.loads(text))

    def point(self, current: Current) -> None:
        """Write what the environment runs."""
        body = json.dumps(asdict(current), indent=2) + "\n"
        self._s3.put_object(Bucket=self.name, Key=CURRENT, Body=body.encode(), ContentType="application/json")

    def copy_dags(self, folder: Path) -> None:
        """Make what MWAA reads equal to the folder `dags` of an unpacked project."""
        new = {f"airflow/{path.relative_to(folder)}": path for path in (folder / "dags").rglob("*") if path.is_file()}
        for key, path in sorted(new.items()):
            self._files.put(path, key)
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix="airflow/dags/")
        for key in [one["Key"] for page in pages for one in page.get("Contents", ())]:
            if key not in new and key != TERRAFORMS:
                self._s3.delete_object(Bucket=self.name, Key=key)

    def copy_job(self, release: Release) -> None:
        """Make the job that the state machine starts that of a release."""
        if SCRIPT in release.names:
            make_current(self._files, release.folder)
