"""Many tables at once."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ingestion.bronze.workers import Stopped, each
from ingestion.source import Source
from ingestion.spec import SourceUnavailable, Table


class Connections:
    """Counts what is open."""

    def __init__(self, *, refuse: bool = False) -> None:
        self.opened = self.closed = 0
        self.refuse = refuse

    @contextmanager
    def connect(self) -> Iterator[object]:
        self.opened += 1
        if self.refuse:
            raise SourceUnavailable("crm at crm.example:443 is not available: refused")
        yield self
        self.closed += 1


def tables(name: str, count: int, connections: Connections) -> list[tuple[Source, Table]]:
    found = tuple(Table(f"t{n}", key=("id",)) for n in range(count))
    return [(Source(name, found, connections.connect), table) for table in found]


def outcome(source: Source, table: Table, error: Exception) -> str:
    return f"{source.name} {table.name} {error}"


def test_answers_come_in_order_and_connections_are_reused_and_closed() -> None:
    shop, crm = Connections(), Connections()
    jobs = tables("shop", 20, shop) + tables("crm", 20, crm)
    done = each(jobs, lambda source, reader, table, work: f"{source.name} {table.name}", outcome)
    assert done == [f"{source.name} {table.name}" for source, table in jobs]
    assert 2 <= shop.opened + crm.opened <= 8
    assert (shop.closed, crm.closed) == (shop.opened, crm.opened)


def test_a_failure_is_its_own_table_s() -> None:
    def do(source, reader, table, work) -> str:
        if table.name == "t1":
            raise ValueError("broken")
        return "done"

    connections = Connections()
    assert each(tables("shop", 3, connections), do, outcome) == ["done", "shop t1 broken", "done"]
    assert connections.opened == connections.closed + 1 or connections.opened == connections.closed


def test_an_unreachable_source_is_not_tried_for_each_table() -> None:
    down, up = Connections(refuse=True), Connections()
    done = each(tables("crm", 30, down) + tables("shop", 2, up), lambda *_: "done", outcome)
    assert Counter(answer.split(" ", 2)[-1] for answer in done) == {
        "crm at crm.example:443 is not available: refused": 30,
        "done": 2,
    }
    assert down.opened <= 4


def test_an_interrupt_stops_the_others_between_batches() -> None:
    started = threading.Barrier(2, timeout=300)
    stopped = []

    def do(source, reader, table, work) -> str:
        started.wait()
        if table.name == "t0":
            raise KeyboardInterrupt
        try:
            while True:
                work.check()
        except Stopped:
            stopped.append(table.name)
            raise

    with pytest.raises(KeyboardInterrupt):
        each(tables("shop", 2, Connections()), do, outcome)
    assert stopped == ["t1"]
