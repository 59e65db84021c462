"""A child process whose lines are followed, and which never outlives the command that started it."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PARENT_DEATH = Path(__file__).with_name("parent_death.py")
GRACE = 15.0
"""Seconds that a child gets to end after an interrupt before it is killed."""
LOOK = 1.0
"""Seconds between two looks of a watch."""


def follow(
    command: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    on_line: Callable[[str], None],
    watch: Callable[[], str | None] | None = None,
) -> tuple[int, deque[str], str | None]:
    """Run a command in a folder and hand on its lines.

    Args: watch: called every second; a text that it returns is the reason to stop the command before its end.
    Returns: its exit code, its last lines, and the watch's reason if it was stopped for one.
    Raises KeyboardInterrupt, after the command has ended.
    """
    tail: deque[str] = deque(maxlen=50)
    reasons: list[str] = []
    with running(command, folder, env) as child, watched(child, watch or (lambda: None), reasons):
        for line in child.stdout or ():
            tail.append(line.rstrip())
            on_line(tail[-1])
        exit_code = child.wait()
    return exit_code, tail, reasons[0] if reasons else None


@contextmanager
def running(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """A child that is stopped when the block ends by an exception.

    The child dies with the thread that started it, by SIGKILL too (parent_death.py).
    It has a session of its own: a Ctrl-C at the terminal reaches it once, from here. One that comes while the
    child begins waits until it has begun: it would end this process and leave the child, which nobody knows yet.
    """
    came: list[int] = []
    is_main = (
        threading.current_thread() is threading.main_thread()
    )  # no other thread gets a signal, nor may wait for it
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number)) if is_main else None
    try:
        if shutil.which(command[0]) is None:
            raise FileNotFoundError(f"no command {command[0]}")
        child = subprocess.Popen(
            [sys.executable, "-IS", PARENT_DEATH, str(os.getpid()), *command],
            cwd=folder,
            env=env,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except BaseException:
        _handle_again(before, came)
        raise
    with child:
        try:
            _handle_again(before, came)
            yield child
        except BaseException:
            stop(child)
            raise


def _handle_again(handler: "signal._HANDLER", came: Sequence[int]) -> None:
    """Handle Ctrl-C as before, and those that came meanwhile."""
    if handler is not None:
        signal.signal(signal.SIGINT, handler)
    if came:
        signal.raise_signal(signal.SIGINT)


@contextmanager
def watched(child: "subprocess.Popen[str]", watch: Callable[[], str | None], reasons: list[str]) -> Iterator[None]:
    """Interrupt a child for which the watch gives a reason, which is then in `reasons`."""
    ended = threading.Event()

    def look() -> None:
        while not reasons and not ended.wait(LOOK):
            reasons.extend(filter(None, [watch()]))
        if reasons:
            child.send_signal(signal.SIGINT)
            if not ended.wait(GRACE):
                child.kill()

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def stop(child: "subprocess.Popen[str]") -> None:
    """Interrupt a child as Ctrl-C would, and kill it when it doesn't end (or when a second Ctrl-C comes)."""
    child.send_signal(signal.SIGINT)
    try:
        child.communicate(timeout=GRACE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        child.kill()
        child.wait()
