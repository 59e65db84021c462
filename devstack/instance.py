"""A service at home: the process, port, record and log of one service in one LAKEHOUSE_HOME."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import tenacity

from devstack import health, processes
from devstack.catalog import ACCOUNT, Service
from devstack.processes import Record
from ingestion.settings import Settings

STOP_SECONDS = 10.0
"""How long a service may take to end before it is killed."""
PATIENCE = 15.0
"""How long a running service may be silent before `up` restarts it."""
ATTEMPTS = 3
"""How often a service that dies at once is started: what a killed predecessor left behind (shared memory, a
connection on its port) takes a moment to go."""


class ServiceFailed(RuntimeError):
    """A service could not be started: which one, what it said last, where its log is."""


@dataclass(frozen=True)
class Instance:
    """One service in one home; `ports` are those of all services, since some talk to others."""

    settings: Settings
    service: Service
    ports: Mapping[str, int]

    @property
    def port(self) -> int:
        """The service's own port."""
        return self.ports[self.service.name]

    @property
    def address(self) -> str:
        """For people; empty before the first `up`."""
        return self.service.address.format(port=self.port) if self.service.name in self.ports else ""

    @property
    def file(self) -> Path:
        """The record of its process; it exists from `up` to `down`."""
        return self.settings.services / "pids" / f"{self.service.name}.json"

    @property
    def log(self) -> Path:
        """What the process says."""
        return self.settings.services / "logs" / f"{self.service.name}.log"

    @property
    def process(self) -> psutil.Process | None:
        """The running process, if there is one."""
        return processes.alive(processes.read(self.file))

    def ensure(self, refill: Callable[[Settings], None] | None = None) -> str:
        """Leave the service alone if it runs as it should and answers, else start it.

        `refill` is called after a start: it fills a service that keeps nothing. Returns `running`, `started` or
        `restarted`. Raises `ServiceFailed`.
        """
        record = processes.read(self.file)
        as_wanted = record and record.ready and record.command == tuple(self.service.command(self.settings, self.ports))
        if record and as_wanted and self._answers(record, PATIENCE):
            self._equip()
            return "running"
        self._start(refill)
        return "restarted" if record else "started"

    def stop(self) -> bool:
        """End the process and wait for it; whether one ran."""
        return processes.stop(self.file, self.service.end, STOP_SECONDS) is not None

    def fault(self) -> Exception | None:
        """Why the service doesn't work; None if it answers."""
        try:
            self.service.check(self.port)
        except Exception as error:  # noqa: BLE001 - every failure to answer counts, whatever its kind
            return error
        return None

    def _start(self, refill: Callable[[Settings], None] | None) -> None:
        """Start the process, wait for its first answer, equip and fill it."""
        until = time.monotonic() + self.service.deadline
        for _ in range(ATTEMPTS):
            self.stop()
            command = self.service.command(self.settings, self.ports)
            home = {"LAKEHOUSE_HOME": str(self.settings.home), "LAKEHOUSE_ENVIRONMENT": "local"}
            child = processes.environment(**home, **ACCOUNT)
            record = processes.spawn(self.file, self.log, command, child)
            if self._answers(record, until - time.monotonic()):
                self._equip(refill)
                processes.write(self.file, replace(record, ready=True))
                return
            if time.monotonic() > until:
                break
        self.stop()
        said = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        raise ServiceFailed(f"{self.service.name} does not answer at {self.address}; the end of {self.log}:\n{said}")

    def _equip(self, refill: Callable[[Settings], None] | None = None) -> None:
        try:
            if self.service.equipped:
                self.service.equipped(self.settings, self.ports)
            if refill:
                refill(self.settings)
        except (OSError, health.Unwell) as error:
            raise ServiceFailed(f"{self.service.name} at {self.address} could not be filled: {error}") from error

    def _answers(self, record: Record, seconds: float) -> bool:
        """Ask until the service answers (True), or is dead or out of time (False)."""

        def ask() -> bool | None:
            fault = self.fault()
            if processes.alive(record) is None:
                return False
            return True if fault is None else None

        poll = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda answer: answer is None),
            wait=tenacity.wait_fixed(0.1),
            stop=tenacity.stop_after_delay(seconds),
            retry_error_callback=lambda _: False,
        )
        return bool(poll(ask))
