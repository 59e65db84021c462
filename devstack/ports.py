"""Ports of the local services: chosen once, kept in `<home>/services/ports.json`, given up only to a stranger."""

import json
import random
import socket
from collections.abc import Collection, Iterable
from pathlib import Path

import tenacity

RANGE = range(20_000, 32_000)
"""Below the ports that systems hand to outgoing connections, so that a kept port is still free tomorrow."""
PATIENCE = 1.0
"""Seconds after which who sits on a kept port is a stranger."""


def kept(file: Path) -> dict[str, int]:
    """The ports chosen so far, by service; empty before the first `up`."""
    if not file.is_file():
        return {}
    ports: dict[str, int] = json.loads(file.read_text())
    return ports


def settle(file: Path, names: Iterable[str], running: Collection[str]) -> dict[str, int]:
    """Give every service a port and keep it; a service in `running` keeps its port unasked.

    Returns all ports by service. Callers hold the lock of the services folder.
    """
    ports = kept(file)
    for name in names:
        if name not in ports or (name not in running and not _free_again(ports[name])):
            ports[name] = _choose(set(ports.values()))
    replacement = file.with_suffix(".tmp")
    replacement.write_text(json.dumps(ports, indent=2) + "\n")
    replacement.replace(file)
    return ports


def free(port: int) -> bool:
    """Whether nothing listens on the port of this machine's loopback address."""
    with socket.socket() as probe:
        # connections that linger after a server's death would otherwise count as a listener
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_again(port: int) -> bool:
    """Whether the port is free, or becomes so in a moment: a killed service lets go of it after its last thread."""
    poll = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda answer: not answer),
        wait=tenacity.wait_fixed(0.05),
        stop=tenacity.stop_after_delay(PATIENCE),
        retry_error_callback=lambda _: False,
    )
    return bool(poll(free, port))


def _choose(taken: Collection[int]) -> int:
    for port in random.sample(RANGE, len(RANGE)):
        if port not in taken and free(port):
            return port
    raise RuntimeError(f"no free port between {RANGE.start} and {RANGE.stop} on 127.0.0.1")
