"""The wall time of ingesting everything and of `dbt build`, each from nothing and with nothing new."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import click

from ingestion.settings import Settings
from operations.dbt.command import run_dbt
from operations.loading import ingest


def measure_builds(settings: Settings, repeat: int) -> dict[str, list[float]]:
    """Seconds of each, in this process for ingesting and in dbt's own for building."""
    root, bronze = Path(settings.root), Path(settings.bronze)
    times = {}
    times["ingest, first"] = [_timed(lambda: _ingest(settings), lambda: _remove(root)) for _ in range(repeat)]
    times["ingest, nothing new"] = [_timed(lambda: _ingest(settings)) for _ in range(repeat)]
    times["dbt build, first"] = [
        _timed(lambda: _build(settings), lambda: _remove_all_but(bronze)) for _ in range(repeat)
    ]
    times["dbt build, nothing new"] = [_timed(lambda: _build(settings)) for _ in range(repeat)]
    return times


def _timed(work: Callable[[], None], before: Callable[[], None] = lambda: None) -> float:
    before()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _ingest(settings: Settings) -> None:
    errors = [result.error for result in ingest(settings, (), (), "bench") if result.error]
    if errors:
        raise click.ClickException(str(errors[0]))


def _build(settings: Settings) -> None:
    outcome = run_dbt(settings, ["build"], run_id="bench")
    if outcome.exit_code:
        raise click.ClickException(f"dbt build failed: {outcome.error}")


def _remove_all_but(kept: Path) -> None:
    _remove(*(path for path in kept.parent.iterdir() if path != kept))


def _remove(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
