"""Starts, stops and describes the local services. `lakehouse up|down|status|env` are thin covers of this module.

Everything lies in `<home>/services`: `ports.json`, `pids/`, `logs/`, and a folder for each service's data.
"""

import fcntl
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import psutil
import tenacity

from devstack import ports, processes
from devstack.catalog import SERVICES, Service
from devstack.processes import Record
from ingestion.settings import Settings

STOP_SECONDS = 10.0
"""How long a service may take to end before it is killed."""
PATIENCE = 15.0
"""How long a running service may be silent before `up` restarts it."""

Answer = TypeVar("Answer")


class ServiceFailed(RuntimeError):
    """A service could not be started: which one, what it said last, where its log is."""


class UnknownService(LookupError):
    """There is no service of this name; the message lists those there are."""


@dataclass(frozen=True)
class Status:
    """A service as it is now."""

    name: str
    address: str
    """Empty before the first `up`."""
    pid: int | None
    healthy: bool
    state: str = ""
    """What `up` did: `running` (it already was), `started`, or `restarted`."""


def known(names: Iterable[str]) -> tuple[str, ...]:
    """The names as they came, if each is a service's. Raises `UnknownService`."""
    names = tuple(names)
    for name in names:
        if name not in SERVICES:
            raise UnknownService(f"there is no service {name!r}; there are {', '.join(SERVICES)}")
    return names


def up(settings: Settings, names: Iterable[str] = ()) -> list[Status]:
    """Start what is not running, all at once, and wait until each answers.

    Two calls at once are safe: the second waits for the first. Raises `ServiceFailed`.
    """
    wanted = _wanted(names)
    with _lock(settings):
        running = [name for name in SERVICES if _process(settings, name)]
        chosen = ports.settle(settings.services / "ports.json", SERVICES, running)
        return _each(wanted, lambda service: _ensure(settings, service, chosen))


def down(settings: Settings, names: Iterable[str] = ()) -> list[str]:
    """Stop services by their recorded processes and wait for their end; returns the names of those that ran."""
    stopping = [SERVICES[name] for name in names or SERVICES]
    if not settings.services.is_dir():
        return []
    with _lock(settings):
        ended = _each(
            stopping, lambda service: processes.stop(_file(settings, service.name), service.end, STOP_SECONDS)
        )
    return [service.name for service, pid in zip(stopping, ended, strict=True) if pid]


def status(settings: Settings) -> list[Status]:
    """Each service's address, process and whether it answers right now."""
    chosen = ports.kept(settings.services / "ports.json")

    def ask(service: Service) -> Status:
        process = _process(settings, service.name)
        return Status(
            name=service.name,
            address=service.address.format(port=chosen[service.name]) if service.name in chosen else "",
            pid=process.pid if process else None,
            healthy=process is not None and _fault(service, chosen[service.name]) is None,
        )

    return _each(SERVICES.values(), ask)


def environment(settings: Settings) -> dict[str, str]:
    """The variables under which sources and clouds are found, for what `up` started; empty when nothing runs.

    A service that died since keeps its variables, so that its users name the address that doesn't answer.
    """
    if not any(_process(settings, name) for name in SERVICES):
        return {}
    chosen = ports.kept(settings.services / "ports.json")
    values = {"LAKEHOUSE_HOME": str(settings.home), "DLT_DATA_DIR": str(settings.home / "dlt")}
    for name, service in SERVICES.items():
        if _file(settings, name).is_file():
            values |= {key: text.format(port=chosen[name]) for key, text in service.environment.items()}
    return values


def _wanted(names: Iterable[str]) -> list[Service]:
    """The services of these names and what they need; all when no name is given."""
    wanted = set(names) or set(SERVICES)
    for name in tuple(wanted):
        wanted |= set(SERVICES[name].needs)
    return [service for service in SERVICES.values() if service.name in wanted]


def _ensure(settings: Settings, service: Service, chosen: Mapping[str, int]) -> Status:
    """Leave a service alone if it runs as it should and answers, else start it anew."""
    file, port = _file(settings, service.name), chosen[service.name]
    old = processes.read(file)
    state = "restarted" if old else "started"
    if old and old.ready and list(old.command) == service.command(settings, chosen):
        state = "running" if _answers(service, port, old, PATIENCE) else state
    record = old if old and state == "running" else _start(settings, service, chosen)
    return Status(service.name, service.address.format(port=port), record.pid, True, state)


def _start(settings: Settings, service: Service, chosen: Mapping[str, int]) -> Record:
    """Start a service, wait for its first answer, fill it.

    One that dies early gets a second and a third try: what a killed predecessor left behind (shared memory, a
    connection on the port) takes a moment to go.
    """
    file, log = _file(settings, service.name), settings.services / "logs" / f"{service.name}.log"
    child = processes.environment(LAKEHOUSE_HOME=str(settings.home))
    for _ in range(3):
        processes.stop(file, service.end, STOP_SECONDS)
        record = processes.spawn(file, log, service.command(settings, chosen), child)
        if _answers(service, chosen[service.name], record, service.deadline):
            if service.filled:
                service.filled(settings, chosen)
            record = replace(record, ready=True)
            processes.write(file, record)
            return record
    processes.stop(file, service.end, STOP_SECONDS)
    raise ServiceFailed(
        f"{service.name} does not answer on port {chosen[service.name]}; the end of {log}:\n{_tail(log)}"
    )


def _answers(service: Service, port: int, record: Record, seconds: float) -> bool:
    """Ask until the service answers (True), or is dead or out of time (False)."""

    def ask() -> bool | None:
        fault = _fault(service, port)
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


def _fault(service: Service, port: int) -> Exception | None:
    """Why a service doesn't work; None if it does."""
    try:
        service.check(port)
    except Exception as error:  # noqa: BLE001 - every failure to answer counts, whatever its kind
        return error
    return None


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _file(settings: Settings, name: str) -> Path:
    return settings.services / "pids" / f"{name}.json"


@contextmanager
def _lock(settings: Settings) -> Iterator[None]:
    """Only one command at a time starts or stops services; others wait. The system frees it when a holder dies."""
    for folder in ("pids", "logs"):
        (settings.services / folder).mkdir(parents=True, exist_ok=True)
    with (settings.services / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _each(services: Iterable[Service], action: Callable[[Service], Answer]) -> list[Answer]:
    """The action's results in the services' order, all taken at once; raises the first failure when all ended."""
    with ThreadPoolExecutor(max_workers=len(SERVICES)) as pool:
        return list(pool.map(action, services))


def _process(settings: Settings, name: str) -> psutil.Process | None:
    return processes.alive(processes.read(_file(settings, name)))
