"""Heartbeats of commands that go on until they are stopped: the health check of a container reads their age.

LAKEHOUSE_HEARTBEATS names a folder; without it there are none. In it, each thing that is followed (the queue of
arrivals, a stream) has a file, touched whenever its loop comes round. A load that hangs stops its own heartbeat alone.
"""

import os
from contextlib import suppress
from pathlib import Path


def beat(name: str) -> None:
    """Touch the file of what is followed. One that can't be written stops no load: the health check misses it."""
    if folder := os.environ.get("LAKEHOUSE_HEARTBEATS"):
        with suppress(OSError):
            Path(folder).mkdir(parents=True, exist_ok=True)
            Path(folder, name).touch()
