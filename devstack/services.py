"""The local services: which run, where they are found, and how they are stopped; `startup.py` starts them.

Everything lies in `<home>/services`: `ports.json`, `pids/`, `logs/`, and a folder for each service's data.
"""

import fcntl
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from devstack import ports
from devstack.catalog import SERVICES
from devstack.instance import Instance
from ingestion.settings import Settings

Answer = TypeVar("Answer")


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


def down(settings: Settings, names: Iterable[str] = ()) -> list[str]:
    """Stop services by their recorded processes and wait for their end; returns the names of those that ran."""
    if not settings.services.is_dir():
        return []
    names = tuple(names) or tuple(SERVICES)
    with lock(settings):
        stopping = [instance for instance in instances(settings) if instance.service.name in names]
        ran = in_parallel(stopping, lambda instance, _: instance.stop())
    return [instance.service.name for instance, stopped in zip(stopping, ran, strict=True) if stopped]


def send(settings: Settings, name: str, sign: signal.Signals) -> None:
    """Send a signal to a service that runs. Raises `UnknownService`."""
    known([name])
    for instance in instances(settings):
        if instance.service.name == name and (process := instance.process):
            process.send_signal(sign)


def status(settings: Settings) -> list[Status]:
    """Each service's address, process and whether it answers right now."""

    def ask(instance: Instance, _: object) -> Status:
        process = instance.process
        healthy = process is not None and instance.fault() is None
        return Status(instance.service.name, instance.address, process.pid if process else None, healthy)

    return in_parallel(instances(settings), ask)


def environment(settings: Settings) -> dict[str, str]:
    """The variables under which sources and clouds are found; empty when nothing runs.

    A service that is stopped keeps its variables, so that its users name the address that doesn't answer, and nobody
    asks the real cloud instead.
    """
    found = instances(settings)
    if not any(instance.process for instance in found):
        return {}
    values = {"LAKEHOUSE_HOME": str(settings.home), "DLT_DATA_DIR": str(settings.home / "dlt")}
    for instance in found:
        if instance.service.name in instance.ports:
            templates = instance.service.environment
            values |= {name: template.format(port=instance.port) for name, template in templates.items()}
    return values | beside_proxies()


def beside_proxies() -> dict[str, str]:
    """NO_PROXY with this machine's address in it, where a proxy is set; nothing where none is."""
    if not any(name.lower() in ("http_proxy", "https_proxy", "all_proxy") and os.environ[name] for name in os.environ):
        return {}
    hosts = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    value = hosts if "127.0.0.1" in hosts.split(",") else ",".join(filter(None, (hosts, "127.0.0.1")))
    return {"NO_PROXY": value, "no_proxy": value}


def instances(settings: Settings) -> list[Instance]:
    """Every service of this home, whether it runs or not, in the catalog's order."""
    chosen = ports.kept(ports_file(settings))
    return [Instance(settings, service, chosen) for service in SERVICES.values()]


def ports_file(settings: Settings) -> Path:
    """The file that records the services' ports."""
    return settings.services / "ports.json"


def in_parallel(
    instances: Iterable[Instance], action: Callable[[Instance, dict[str, Future[Answer]]], Answer]
) -> list[Answer]:
    """The action's results in the services' order; an action sees the others' futures. Raises the first failure."""
    futures: dict[str, Future[Answer]] = {}
    with ThreadPoolExecutor(max_workers=len(SERVICES)) as pool:
        for instance in instances:  # in the catalogue's order, so that what is needed comes first
            futures[instance.service.name] = pool.submit(action, instance, futures)
    return [future.result() for future in futures.values()]


@contextmanager
def lock(settings: Settings) -> Iterator[None]:
    """Only one command at a time starts or stops services; others wait. The system frees it when a holder dies."""
    for folder in ("pids", "logs"):
        (settings.services / folder).mkdir(parents=True, exist_ok=True)
    with (settings.services / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
