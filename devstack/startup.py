"""Start the local services (`lakehouse up`), and fill again those that keep nothing."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future

from devstack import ports
from devstack.catalog import SERVICES
from devstack.instance import Instance
from devstack.services import Status, in_parallel, instances, lock, ports_file
from ingestion.settings import Settings


def _refill_buckets(settings: Settings) -> None:
    if (settings.services / "demo.json").is_file():
        from devstack.generator import refill

        refill(settings)


def _refill_topics(settings: Settings) -> None:
    if (settings.services / "demo.json").is_file():
        from devstack.generator import refill_topics

        refill_topics(settings)


REFILLS: Mapping[str, Callable[[Settings], None]] = {"moto": _refill_buckets, "kafka": _refill_topics}
"""Fill a service that keeps nothing, after each start of it, with the demo, if there is one."""


def up(settings: Settings, names: Iterable[str] = ()) -> list[Status]:
    """Start what is not running, all at once, and wait until each answers. No names: all services.

    Two calls at once are safe: the second waits for the first. Raises `ServiceFailed`.
    """
    with lock(settings):
        running = [instance.service.name for instance in instances(settings) if instance.process]
        ports.settle(ports_file(settings), SERVICES, running)
        wanted = _with_needs(names)
        return in_parallel([instance for instance in instances(settings) if instance.service.name in wanted], _start)


def _with_needs(names: Iterable[str]) -> set[str]:
    """These services and those without which they can't answer; all when no name is given."""
    wanted = set(names) or set(SERVICES)
    return wanted.union(*(SERVICES[name].needs for name in wanted))


def _start(instance: Instance, others: dict[str, Future[Status]]) -> Status:
    """Bring one service up, after those it needs."""
    for need in instance.service.needs:
        others[need].result()
    state = instance.ensure(REFILLS.get(instance.service.name))
    process = instance.process
    return Status(instance.service.name, instance.address, process.pid if process else None, True, state)
