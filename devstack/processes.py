"""Child processes that outlive the command that started them, each known by a record that can't be mistaken.

A record is `<folder>/<name>.json`: process id, when that process was created, and its command. A process counts as
ours only if id and creation agree, so a process id that the system gave to somebody else is never signalled.
"""

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

LOG_LIMIT = 5_000_000
"""Bytes after which a log is set aside as `<name>.log.1` at the next start."""


@dataclass(frozen=True)
class Record:
    """What is remembered of a child process."""

    pid: int
    created: float
    """Seconds between the system's boot and the process's creation: a step of the wall clock doesn't change it."""
    command: tuple[str, ...]
    ready: bool = False
    """Whether it answered and was filled: a start that was cut short is not taken for a running service."""


def read(file: Path) -> Record | None:
    """The record in this file; None if there is none."""
    if not file.is_file():
        return None
    values = json.loads(file.read_text())
    return Record(values["pid"], values["created"], tuple(values["command"]), values["ready"])


def write(file: Path, record: Record) -> None:
    """Replace the record in this file, in one step."""
    replacement = file.with_suffix(".tmp")
    replacement.write_text(json.dumps(asdict(record)))
    replacement.replace(file)


def alive(record: Record | None) -> psutil.Process | None:
    """The process of a record, if it still runs and is that very process."""
    if record is None:
        return None
    try:
        process = psutil.Process(record.pid)
        same = abs(_created(process) - record.created) < 2 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if same else None


def spawn(file: Path, log: Path, command: Sequence[str], environment: Mapping[str, str]) -> Record:
    """Start a command in a session of its own, output to `log`, and record it in `file`."""
    if log.is_file() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(command),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
            umask=0o077,
        )
    record = Record(child.pid, _created(psutil.Process(child.pid)), tuple(command))
    write(file, record)
    return record


def stop(file: Path, sign: signal.Signals, seconds: float) -> int | None:
    """End the process of a record and wait for it; after `seconds` it is killed. The record goes.

    Returns the id of the process that was stopped, None if none ran.
    """
    process = alive(read(file))
    if process is not None:
        process.send_signal(sign)
        try:
            process.wait(seconds)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(seconds)
    file.unlink(missing_ok=True)
    return process.pid if process else None


def _created(process: psutil.Process) -> float:
    return float(process.create_time() - psutil.boot_time())


def environment(**more: str) -> dict[str, str]:
    """This process's environment for a child that must not see what only the caller's command was given."""
    private = ("LAKEHOUSE_NOW", "AWS_PROFILE", "AWS_SESSION_TOKEN")
    inherited = {name: value for name, value in os.environ.items() if name not in private}
    # those that read the emulated S3 need credentials, any, and are never to send the caller's
    amazon = {"AWS_ACCESS_KEY_ID": "lakehouse", "AWS_SECRET_ACCESS_KEY": "sesame-aws"}
    amazon |= dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), "us-east-1")
    return inherited | amazon | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONUNBUFFERED": "1"} | more
