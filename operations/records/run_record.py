"""Run records: what a run did, step by step, kept in `<home>/runs/<run id>.json`.

A record is written when the run starts, whenever a step starts or ends, and at the end, each time as a whole and
atomically, so that a reader never sees half of one. A run that was killed can't write its own end: its record says
`running`, and `read_runs` says `interrupted` once the process that wrote it is gone.
"""

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import psutil
import structlog

from ingestion.disk import naming_full_disk
from ingestion.masking import mask, masked
from ingestion.settings import Settings

log = structlog.get_logger()

Outcome = Literal["running", "done", "failed", "interrupted"]

CLOCK_SLACK = 2.0
"""Seconds by which the same process' start may be told differently (the boot time is adjusted with the clock)."""


def new_run_id() -> str:
    """UTC `YYYYMMDDTHHMMSSZ-xxxx`: sorts by time, by the real clock and not the demo's."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def one_line(error: BaseException | str) -> str:
    """An error's text on one line, secrets masked; the class' name where it has no text."""
    return " ".join(mask(str(error) or type(error).__name__).split())


def write_atomically(path: Path, text: str) -> None:
    """Write a file that readers see either as it was or as it is now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with naming_full_disk(draft), draft.open("w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


@dataclass
class Step:
    """One step of a run: what kind (ingest, build, publish), on what, how long, and what it says of itself."""

    kind: str
    name: str
    outcome: Outcome = "running"
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    seconds: float | None = None
    error: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def update(self, **facts: Any) -> None:
        """Add facts (rows=…, quarantined=…): JSON values. A later value of the same name wins."""
        self.facts.update(facts)

    def fail(self, error: BaseException | str) -> None:
        """Mark the step failed without an exception: the run goes on."""
        self.outcome, self.error = "failed", one_line(error)


@dataclass
class Record:
    """A run's record. Steps may run in parallel threads."""

    path: Path
    run_id: str
    verb: str
    outcome: Outcome = "running"
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    seconds: float | None = None
    error: str | None = None
    steps: list[Step] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @contextmanager
    def step(self, kind: str, name: str) -> Iterator[Step]:
        """A step around the caller's block; an exception is kept as its error line and goes on."""
        step, clock = Step(kind, name), time.monotonic()
        self.add(step)
        try:
            yield step
        except BaseException as error:
            step.fail(error)
            if not isinstance(error, Exception):
                step.outcome = "interrupted"
            raise
        finally:
            step.outcome = "done" if step.outcome == "running" else step.outcome
            step.seconds = round(time.monotonic() - clock, 3)
            self.save()

    def add(self, step: Step) -> None:
        """Add a step that is timed elsewhere, and write the record."""
        with self.lock:
            self.steps.append(step)
            self.save()

    def save(self) -> None:
        """Write the record as it stands."""
        with self.lock:
            told = {name: value for name, value in vars(self).items() if name not in ("path", "lock", "steps")}
            steps = masked([asdict(step) for step in self.steps])
            write_atomically(self.path, json.dumps({**told, **process(), "steps": steps}, indent=2, default=str))


def process() -> dict[str, Any]:
    """The writer: host, process id, and the process' start (seconds since 1970), which tells it from a later one."""
    return {"host": socket.gethostname(), "pid": os.getpid(), "pid_started": psutil.Process().create_time()}


@contextmanager
def recording(settings: Settings, verb: str) -> Iterator[Record]:
    """Record what the caller's block does; the run is `done` when the block ends and no step had failed."""
    run_id, clock = new_run_id(), time.monotonic()
    record = Record(settings.runs / f"{run_id}.json", run_id, verb)
    record.save()
    try:
        yield record
    except BaseException as error:
        quit_well = isinstance(error, SystemExit) and error.code in (0, None)
        if not quit_well:
            record.outcome = "failed" if isinstance(error, Exception | SystemExit) else "interrupted"
            record.error = record.error or one_line(error)
        raise
    finally:
        if record.outcome == "running":
            record.outcome = "failed" if any(step.outcome == "failed" for step in record.steps) else "done"
        record.seconds = round(time.monotonic() - clock, 3)
        record.save()
        if os.environ.get("LAKEHOUSE_LOG_FORMAT") == "json":  # people have the summary
            ended = ("run_id", "verb", "outcome", "seconds", "error")
            log.info("run.ended", **{name: getattr(record, name) for name in ended})


def read_runs(settings: Settings, last: int = 10) -> list[dict[str, Any]]:
    """The newest records first, as written; a run whose process is gone without an end is `interrupted`."""
    paths = sorted(settings.runs.glob("*.json"), reverse=True)[:last]
    runs: list[dict[str, Any]] = [json.loads(path.read_text()) for path in paths]
    for run in runs:
        if run["outcome"] == "running" and not is_alive(run):
            run["outcome"] = "interrupted"
            run["error"] = run["error"] or f"process {run['pid']} ended without a word"
    return sorted(runs, key=lambda run: str(run["started"]), reverse=True)


def is_alive(run: dict[str, Any]) -> bool:
    """True if the process that wrote a record still runs; of another host's we can't know and believe the record."""
    if run["host"] != socket.gethostname():
        return True
    try:
        writer = psutil.Process(run["pid"])
        return bool(
            abs(writer.create_time() - run["pid_started"]) < CLOCK_SLACK and writer.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return False
