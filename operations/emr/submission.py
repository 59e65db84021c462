"""A build as a job of EMR Serverless: its files, its request, its outcome."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from ingestion.settings import SettingError, Settings, checked
from operations.emr.package import FILES, SCRIPT
from operations.emr.spark import parameters
from operations.records.file_store import FileStore, sha256
from operations.steps import STEPS

log = structlog.get_logger()

CURRENT = "jobs/current"
"""The files that the state machine's builds run."""
STREAMS = "build"
"""Prefix of the log streams of builds."""
PASSED_ON = ("ENVIRONMENT", "ROOT", "PREFIX", "CATALOG", "ARTIFACTS", "BASE_CURRENCY", "NOW")
"""LAKEHOUSE_ settings that a job has from the command that submits it."""


@dataclass(frozen=True)
class Target:
    """The application and role of jobs, by the settings LAKEHOUSE_EMR_…."""

    application_id: str
    role_arn: str
    log_group: str
    """Empty: the log is not followed."""

    @classmethod
    def load(cls) -> "Target":
        """Read the environment. Raises SettingError."""
        return cls(
            checked("EMR_APPLICATION_ID", "", "[0-9a-z]{1,64}", f"an application's id, {FROM_TERRAFORM}"),
            checked("EMR_JOB_ROLE_ARN", "", r"arn:[\w-]+:iam::\d{12}:role/.+", f"a role's ARN, {FROM_TERRAFORM}"),
            checked("EMR_LOG_GROUP", "", r"[\w./#-]*", "the name of a CloudWatch log group, or nothing"),
        )


FROM_TERRAFORM = "as `lakehouse env --from-terraform infra/envs/dev` prints it"


def artifacts_of(settings: Settings) -> FileStore:
    """Return the artifacts, which EMR reads. Raises SettingError for a folder."""
    if not settings.artifacts.startswith("s3://"):
        raise SettingError(
            f"LAKEHOUSE_ARTIFACTS is {settings.artifacts!r}: expected s3://bucket/prefix, which EMR Serverless reads; "
            "set it"
        )
    return FileStore(settings.artifacts)


def upload(store: FileStore, folder: Path) -> dict[str, str]:
    """Put each file of a job at `jobs/<sha256>/<file>`, unless it is there; returns the keys by file.

    Raises SettingError where a file was not made, StoreUnavailable.
    """
    keys = {name: f"jobs/{digest(folder / name)}/{name}" for name in FILES}
    for name, key in keys.items():
        if not store.has(key):
            log.info("job.uploaded", file=name, bytes=(folder / name).stat().st_size, to=store.address(key))
            store.put(folder / name, key)
    return keys


def digest(path: Path) -> str:
    """Return a file's sha256. Raises SettingError where there is none."""
    if not path.is_file():
        raise SettingError(f"no {path}: a job of EMR Serverless needs it; make it with `make environment`")
    return sha256(path)


def make_current(store: FileStore, folder: Path) -> None:
    """Let the state machine's next builds run these files. Raises StoreUnavailable."""
    for name in (*(name for name in FILES if name != SCRIPT), SCRIPT):
        store.put(folder / name, f"{CURRENT}/{name}")


def request(
    settings: Settings,
    target: Target,
    run_id: str,
    address: Callable[[str], str],
    words: Sequence[str],
    changed: Mapping[str, str],
) -> dict[str, Any]:
    """Return the parameters of StartJobRun. Raises SettingError.

    Args: address: of a file of the job, by name. words: the job's arguments. changed: settings of Spark.
    """
    try:
        spark = parameters(address, environment(settings), changed)
    except ValueError as error:
        raise SettingError(str(error)) from error
    [timeout_s] = [step.timeout_s for step in STEPS if step.name == "build"]
    monitoring: dict[str, Any] = {"managedPersistenceMonitoringConfiguration": {"enabled": False}}
    if target.log_group:
        group = {"enabled": True, "logGroupName": target.log_group, "logStreamNamePrefix": STREAMS}
        monitoring["cloudWatchLoggingConfiguration"] = group
    return {
        "applicationId": target.application_id,
        "executionRoleArn": target.role_arn,
        "clientToken": run_id,
        "name": f"lakehouse build {run_id}",
        "executionTimeoutMinutes": timeout_s // 60,
        "jobDriver": {
            "sparkSubmit": {
                "entryPoint": address(SCRIPT),
                "entryPointArguments": ["--run-id", run_id, *words],
                "sparkSubmitParameters": spark,
            }
        },
        "configurationOverrides": {"monitoringConfiguration": monitoring},
        "tags": {"lakehouse:run-id": run_id},
    }


def environment(settings: Settings) -> dict[str, str]:
    """Return the driver's variables: the settings in force, and the region."""
    given = {name: os.environ.get(f"LAKEHOUSE_{name}", "") for name in PASSED_ON}
    given |= {"ROOT": settings.root, "ARTIFACTS": settings.artifacts}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    values = {f"LAKEHOUSE_{name}": value for name, value in given.items()} | {"AWS_REGION": region}
    return {name: value for name, value in values.items() if value}


def streams_of(target: Target, job_run_id: str) -> str:
    """Return the prefix of a job run's log streams."""
    return f"{STREAMS}/applications/{target.application_id}/jobs/{job_run_id}"
