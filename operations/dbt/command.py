"""dbt as a child process: one process for a build, its results read from what dbt itself writes.

`dbt` is the executable named by LAKEHOUSE_DBT, else the one beside this Python, so that dbt may live in an
environment of its own. Its lines go to stderr as they come; results come from `run_results.json`.
"""

import json
import os
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import click

from ingestion.plural import plural
from ingestion.settings import PROJECT, SettingError, Settings
from operations.dbt.target import require_local_target
from operations.dbt.test_warnings import TestWarning, warnings_of
from operations.processes.child_process import follow
from operations.records.run_record import one_line

BAD = ("error", "fail", "runtime error", "partial success")
SILENT = "no message"
LOCKED = "another build writes to this lake"
"""The message of dbt-lake after it waited for its lock in vain."""
CLOCK = re.compile(r"^\d\d:\d\d:\d\d\s+")
"""The prefix of each of dbt's lines."""
RUN_ID = "LAKEHOUSE_RUN_ID"
PARSED = "partial_parse.msgpack"
NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
"""Unit tests check the code and not the data: CI runs them."""


class DbtError(RuntimeError):
    """dbt failed: what failed and why, in one line."""


@dataclass(frozen=True)
class NodeFailure:
    """A node that failed: dbt's unique id, status and the message on one line."""

    node: str
    status: str
    message: str

    @property
    def name(self) -> str:
        """The id without kind and project, and without a test's hash: `fact_sales`, `orders_have_a_total`."""
        parts = self.node.split(".")
        return parts[2] if parts[0] == "test" else ".".join(parts[2:])


@dataclass(frozen=True)
class DbtOutcome:
    """The outcome of a dbt command."""

    exit_code: int
    """dbt's own: 0 done, 1 a node failed, 2 dbt could not go on; negative: the signal that ended it."""
    seconds: float
    counts: Mapping[str, Mapping[str, int]]
    """Resource type -> status -> nodes: `{"model": {"success": 20}, "test": {"pass": 90, "warn": 1}}`."""
    failures: tuple[NodeFailure, ...]
    tail: tuple[str, ...]
    """The last lines that dbt printed."""
    warnings: tuple[TestWarning, ...] = ()
    """Tests that warn."""

    def check(self) -> "DbtOutcome":
        """Itself when all went well; raises `DbtError` otherwise."""
        if self.exit_code == 0:
            return self
        raise DbtError(self.error)

    @property
    def is_locked(self) -> bool:
        """True if dbt-lake refused to write because someone else builds on the lake."""
        return any(LOCKED in failure.message for failure in self.failures)

    @property
    def error(self) -> str:
        """The failure in one line: the first nodes that failed, else the last lines that dbt printed.

        A macro that fails (run-operation) is a node without a message: dbt prints what was wrong.
        """
        if any(failure.message != SILENT for failure in self.failures):
            # one cause may fail every node, and is told once
            causes = {failure.message: failure.name for failure in reversed(self.failures)}
            told = [f"{name}: {message}" for message, name in reversed(causes.items())]
            others = len(self.failures) - min(len(told), 3)
            return "; ".join(told[:3]) + (f"; and {plural(others, 'more node')} failed" if others else "")
        lines = [CLOCK.sub("", line) for line in self.tail]
        lines = list(takewhile(lambda line: not line.lstrip().startswith("Traceback"), lines))
        first = next((number for number, line in enumerate(lines) if "rror" in line), max(len(lines) - 8, 0))
        return one_line(" ".join(lines[first:])) if lines else f"dbt ended with {self.exit_code} and said nothing"


def run_dbt(
    settings: Settings,
    args: Sequence[str],
    *,
    target: str = "local",
    run_id: str,
    target_path: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    watch: Callable[[], str | None] | None = None,
) -> DbtOutcome:
    """Run one dbt command to its end.

    Args:
        settings: where the lake is.
        args: the command and its options, such as `["build", "--select", "fact_sales+"]`.
        target: the target of profiles.yml.
        run_id: dbt sees it as LAKEHOUSE_RUN_ID, and its results carry it.
        target_path: dbt's artifacts; calls that run at the same time need different ones.
        on_line: called with each line that dbt prints; stderr by default.
        watch: called every second; a text that it returns is the reason to stop dbt before its end.

    Raises:
        SettingError: no dbt where it should be, or LAKEHOUSE_TARGET names another target than `local`.
        DbtError: the watch stopped it; the message is its reason.
        KeyboardInterrupt: after dbt itself has ended.
    """
    require_local_target()
    artifacts = target_path or artifacts_folder(settings, target)
    if not (artifacts / PARSED).exists() and artifacts != PROJECT / "target":
        take_parsed(PROJECT / "target", artifacts)
    # the local target by the profile's variable: after plain `dbt build` an option would have dbt parse everything anew
    chosen = [] if target == "local" else ["--target", target]
    command = [dbt_executable(), *args, *chosen, "--no-use-colors"]
    # folders as variables, because not every dbt command takes them as options
    folders = {"DBT_TARGET_PATH": str(artifacts), "DBT_LOG_PATH": str(logs_folder(settings))}
    variables = {**folders, "LAKEHOUSE_TARGET": "local"}
    began = time.monotonic()
    env = environment(settings, run_id) | variables
    exit_code, tail, reason = follow(command, PROJECT, env, on_line or to_stderr, watch)
    if reason:
        raise DbtError(reason)
    results = read_results(artifacts, run_id)
    return DbtOutcome(
        exit_code, time.monotonic() - began, counted(results), failed(results), tuple(tail), warnings_of(results)
    )


def dbt_executable() -> str:
    """LAKEHOUSE_DBT, else the dbt beside this Python."""
    path = os.environ.get("LAKEHOUSE_DBT") or str(Path(sys.executable).with_name("dbt"))
    if not os.access(path, os.X_OK):
        raise SettingError(f"no dbt at {path}: set LAKEHOUSE_DBT to dbt's executable, or install the extra `dbt`")
    return path


def is_default_home(settings: Settings) -> bool:
    """True if the home is the project's own, where plain dbt's `target/` and `logs/` belong to it."""
    return settings.home == PROJECT / ".lakehouse"


def artifacts_folder(settings: Settings, target: str) -> Path:
    """Return dbt's folder: plain dbt's `target/` for the local target, so that `dbt retry` finds a failed run there.

    Other targets have a folder below it (their manifests differ); another home has a `target/` of its own.
    """
    base = os.environ.get("DBT_TARGET_PATH") or (PROJECT if is_default_home(settings) else settings.home) / "target"
    return PROJECT / base if target == "local" else PROJECT / base / target


def artifacts_beside(settings: Settings, purpose: str) -> Path:
    """A folder of its own for what isn't a build: `dbt retry` and status find the last build's results where they were.

    It begins with the project as dbt parsed it last; without it every file is read anew, which takes seconds.
    """
    built = artifacts_folder(settings, "local")
    folder = built / purpose
    take_parsed(built, folder)
    return folder


def take_parsed(other: Path, folder: Path) -> None:
    """Let dbt begin in this folder of artifacts with what it parsed in the other, if it did."""
    folder.mkdir(parents=True, exist_ok=True)
    if (other / PARSED).is_file():
        shutil.copyfile(other / PARSED, folder / PARSED)


def logs_folder(settings: Settings) -> Path:
    """Return the folder of dbt's logs, by the same rule."""
    base = os.environ.get("DBT_LOG_PATH") or (PROJECT if is_default_home(settings) else settings.home) / "logs"
    return PROJECT / base


def environment(settings: Settings, run_id: str) -> dict[str, str]:
    """Return dbt's environment: this process' environment, the settings in force, and the run's id."""
    told = {
        "LAKEHOUSE_HOME": str(settings.home),
        "LAKEHOUSE_ROOT": settings.root,
        "LAKEHOUSE_PREFIX": settings.prefix,
        RUN_ID: run_id,
        # dbt copies variables of this prefix into its artifacts' metadata: results say which run they are of
        f"DBT_ENV_CUSTOM_ENV_{RUN_ID}": run_id,
        "PYTHONUNBUFFERED": "1",
        "DO_NOT_TRACK": "1",
    }
    return {**os.environ, **told}


def to_stderr(line: str) -> None:
    """Pass a line through."""
    click.echo(line, err=True)


def read_results(artifacts: Path, run_id: str) -> list[dict[str, Any]]:
    """The nodes of `run_results.json`; none where it is missing or another run's."""
    path = artifacts / "run_results.json"
    if not path.is_file():
        return []
    told = json.loads(path.read_text())
    if told["metadata"].get("env", {}).get(RUN_ID) != run_id:
        return []
    results: list[dict[str, Any]] = told["results"]
    return results


def counted(results: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Nodes by resource type and status."""
    pairs = Counter((result["unique_id"].split(".")[0], result["status"]) for result in results)
    counts: dict[str, dict[str, int]] = {}
    for (kind, status), number in sorted(pairs.items()):
        counts.setdefault(kind, {})[status] = number
    return counts


def failed(results: Sequence[Mapping[str, Any]]) -> tuple[NodeFailure, ...]:
    """The nodes that failed, in dbt's order."""
    return tuple(
        NodeFailure(result["unique_id"], result["status"], one_line(result["message"] or SILENT))
        for result in results
        if result["status"] in BAD
    )
