"""A clean end for commands that go on until they are stopped: SIGTERM of a container or service, Ctrl-C of a person."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopped_by_signals(stopped: threading.Event) -> Iterator[None]:
    """While the caller's block runs, the first SIGTERM or SIGINT sets the event; a second one interrupts."""
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGINT)}

    def restore() -> None:
        for sign, handler in before.items():
            signal.signal(sign, handler)

    def stop(sign: int, frame: FrameType | None) -> None:
        stopped.set()
        restore()

    for sign in before:
        signal.signal(sign, stop)
    try:
        yield
    finally:
        restore()
