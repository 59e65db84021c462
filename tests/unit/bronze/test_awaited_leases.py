"""A lease that somebody else holds: refused at once, or waited for."""

from contextlib import ExitStack

import pytest
from structlog.testing import capture_logs

from ingestion.bronze.errors import ConcurrentLoad
from ingestion.bronze.leases.lease import lease
from tests.unit.bronze.memory import Lake

NAME = "kafka__user_events"


def test_who_waits_gets_the_lease_when_its_holder_is_done(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as holder:
        holder.enter_context(lease(lake.settings, NAME))
        monkeypatch.setattr("ingestion.bronze.leases.lease._tell", lambda *_: holder.close())
        with lease(lake.settings, NAME, patience=60) as held:
            held.check()
            with pytest.raises(ConcurrentLoad), lease(lake.settings, NAME):
                pass


def test_waiting_is_told_once_and_has_an_end(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.bronze.leases.lease.POLL", 0.01)
    with lease(lake.settings, NAME), capture_logs() as logs:
        with pytest.raises(ConcurrentLoad, match=rf"{NAME}: another load of this table is running"):
            lease(lake.settings, NAME, patience=0.05).__enter__()
        with pytest.raises(ConcurrentLoad):
            lease(lake.settings, NAME).__enter__()
    assert logs == [{"event": "lease.awaited", "log_level": "info", "table": NAME, "at_most_seconds": 0.05}]
