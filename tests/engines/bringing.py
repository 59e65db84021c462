"""Engines that tests bring to this machine: by the `install` script in a folder of their own, on ports of their own."""

import socket
import subprocess
from pathlib import Path


class NotInstalled(AssertionError):
    """An engine is not on this machine and could not be brought: what is missing, and how to get it, in one line."""


def installed(engine: str) -> Path:
    """The folder that `tests/engines/<engine>/install` says, after it has brought the engine. Raises `NotInstalled`."""
    return brought_by(Path(__file__).parent / engine / "install")


def brought_by(script: Path) -> Path:
    """Return the folder that an install script prints. Raises `NotInstalled`."""
    done = subprocess.run([script], capture_output=True, text=True)
    if done.returncode:
        raise NotInstalled(done.stderr.strip())
    return Path(done.stdout.strip())


def free_ports(count: int) -> list[int]:
    """Different ports of this machine on which nobody listens."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports
