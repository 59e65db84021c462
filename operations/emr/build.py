"""A dbt build in the driver's own process, on the driver's Spark session."""

import argparse
import contextlib
import io
import json
import os
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ingestion.settings import Settings
from operations.dbt.artifacts import fetch_run, save_outcome, save_run
from operations.dbt.command import NO_UNIT_TESTS, artifacts_folder, environment, logs_folder, read_results
from operations.emr.catalog import register_tables
from operations.emr.verdict import begin_verdict, end_verdict
from operations.logs import configure_logs
from operations.records.run_record import new_run_id

TARGET = "spark"
BUILT = ("model", "seed", "snapshot", "test")
"""Resource types that a verdict knows."""
COULD_NOT_GO_ON = 2


def build(session: Any, words: Sequence[str]) -> int:
    """Build, or retry a build, and keep what dbt leaves in the artifacts; returns dbt's exit code.

    Args: session: pyspark's. words: the job's arguments, see `arguments`.
    """
    asked = arguments().parse_args(words)
    settings = Settings.load()
    configure_logs()
    folder = prepare(settings, asked.run_id)
    try:
        register_tables(session, settings)
        exit_code = build_in(settings, asked, folder)
    except Exception:  # noqa: BLE001 (the log is all that a job leaves)
        traceback.print_exc()
        exit_code = COULD_NOT_GO_ON
    save_run(settings, asked.run_id, folder)
    save_outcome(settings, asked.run_id, {"exit_code": exit_code})
    print(f"lakehouse: run {asked.run_id}: dbt ended with {exit_code}", flush=True)  # noqa: T201
    return exit_code


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the job's arguments."""
    parser = argparse.ArgumentParser(prog="build_job.py")
    parser.add_argument("--run-id", default=new_run_id())
    parser.add_argument("--retry", help="build what failed or was skipped in this run")
    parser.add_argument("--select", action="append", default=[])
    parser.add_argument("--exclude", action="append", default=[])
    parser.add_argument("--full-refresh", action="store_true")
    return parser


def prepare(settings: Settings, run_id: str) -> Path:
    """Put dbt's variables into this process' environment; returns the folder of its artifacts."""
    folder = artifacts_folder(settings, TARGET)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(environment(settings, run_id))
    os.environ.update(DBT_TARGET_PATH=str(folder), DBT_LOG_PATH=str(logs_folder(settings)), LAKEHOUSE_TARGET=TARGET)
    return folder


def build_in(settings: Settings, asked: argparse.Namespace, folder: Path) -> int:
    """Build between the begin and the end of a verdict; returns dbt's exit code."""
    if asked.retry:
        fetch_run(settings, asked.retry, folder)
        words, nodes = ["retry"], []
    else:
        selection = list(selected(asked))
        words = ["build", *selection, *(["--full-refresh"] if asked.full_refresh else [])]
        nodes = nodes_of(selection, folder)
    begin_verdict(settings, asked.run_id, f"dbt {words[0]}", nodes)
    exit_code = dbt(*words, "--no-use-colors")
    end_verdict(settings, asked.run_id, f"dbt {words[0]}", read_results(folder, asked.run_id))
    return exit_code


def selected(asked: argparse.Namespace) -> Iterator[str]:
    """Yield dbt's options of the selection."""
    yield from NO_UNIT_TESTS
    for name in ("select", "exclude"):
        if chosen := getattr(asked, name):
            yield from (f"--{name}", *chosen)


def nodes_of(selection: Sequence[str], folder: Path) -> list[str]:
    """Return the ids of the nodes that a build of this selection writes or tests. Raises RuntimeError."""
    from dbt.cli.main import dbtRunner

    with contextlib.redirect_stdout(io.StringIO()):  # dbt prints each node
        listed = dbtRunner().invoke(["--quiet", "ls", *selection, "--output", "json", "--output-keys", "unique_id"])
    if listed.exception or not listed.success:
        raise RuntimeError(f"dbt ls failed: {listed.exception}")
    lines: Any = listed.result
    ids = [json.loads(line)["unique_id"] for line in lines]
    manifest = json.loads((folder / "manifest.json").read_text())["nodes"]
    return [node for node in ids if node in manifest and is_built(manifest[node])]


def is_built(node: Mapping[str, Any]) -> bool:
    """True for a node of the manifest that has a result of its own in a build."""
    return node["resource_type"] in BUILT and node["config"].get("materialized") != "ephemeral"


def dbt(*words: str) -> int:
    """Run dbt in this process; returns the exit code of its command line."""
    from dbt.cli.main import dbtRunner

    ended = dbtRunner().invoke(list(words))
    if ended.exception:
        print(f"lakehouse: dbt {words[0]}: {ended.exception}", flush=True)  # noqa: T201
        return COULD_NOT_GO_ON
    return 0 if ended.success else 1
