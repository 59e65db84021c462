"""The artifacts, a bucket or a folder that outlives a worker: `LAKEHOUSE_ARTIFACTS`.

jobs/<sha256>/<file>   what jobs of EMR Serverless run, by content
runs/<run id>/<file>   what dbt left of a build: `dbt retry` goes on with it on another worker
"""

import json
import re
from pathlib import Path
from typing import Any

import structlog

from ingestion.settings import SettingError, Settings
from operations.dbt.command import PARSED, read_results
from operations.records.file_store import FileStore, StoreUnavailable
from operations.records.run_record import one_line

log = structlog.get_logger()

RESULTS = "run_results.json"
OUTCOME = "outcome.json"
"""The exit code of a job's dbt, which EMR Serverless does not report."""
RUN_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,63}", re.ASCII)


class NothingToRetry(RuntimeError):
    """A run left no results that dbt could go on with: which, and the command to use instead."""


def save_run(settings: Settings, run_id: str, folder: Path) -> None:
    """Copy what dbt left of a run, if LAKEHOUSE_ARTIFACTS is set; a failure is a warning: the build is what it is."""
    if not settings.artifacts:
        return
    names = ["manifest.json", PARSED]
    if read_results(folder, run_id):  # not those of an earlier run
        names.append(RESULTS)
    try:
        artifacts = FileStore(settings.artifacts)
        for name in names:
            if (folder / name).is_file():
                artifacts.put(folder / name, f"runs/{run_id}/{name}")
    except StoreUnavailable as error:
        log.warning("artifacts.not_saved", run_id=run_id, error=one_line(error))


def fetch_run(settings: Settings, run_id: str, folder: Path) -> None:
    """Put what dbt left of a run where `dbt retry` looks for it.

    Raises SettingError without LAKEHOUSE_ARTIFACTS, NothingToRetry, StoreUnavailable.
    """
    if not settings.artifacts:
        raise SettingError(
            "LAKEHOUSE_ARTIFACTS is not set: expected the folder or s3://bucket/prefix that the failed run used; "
            "set it, or build everything with `lakehouse run --only build`"
        )
    artifacts = FileStore(settings.artifacts)
    if not artifacts.get(f"runs/{run_id}/{RESULTS}", folder / RESULTS):
        raise NothingToRetry(
            f"run {run_id} left no {RESULTS} at {artifacts.address(f'runs/{run_id}')}: it built nothing, was killed, "
            "or is another environment's; build everything with `lakehouse run --only build`"
        )
    for name in ("manifest.json", PARSED):
        artifacts.get(f"runs/{run_id}/{name}", folder / name)


def save_outcome(settings: Settings, run_id: str, outcome: dict[str, Any]) -> None:
    """Write how dbt ended, last of all, if LAKEHOUSE_ARTIFACTS is set; a failure is a warning."""
    if not settings.artifacts:
        return
    try:
        FileStore(settings.artifacts).put_text(json.dumps(outcome), f"runs/{run_id}/{OUTCOME}")
    except StoreUnavailable as error:
        log.warning("artifacts.not_saved", run_id=run_id, error=one_line(error))


def read_outcome(settings: Settings, run_id: str) -> dict[str, Any] | None:
    """Return how a job's dbt ended; None where it did not come to its end. Raises StoreUnavailable."""
    text = FileStore(settings.artifacts).text(f"runs/{run_id}/{OUTCOME}")
    outcome: dict[str, Any] | None = None if text is None else json.loads(text)
    return outcome
