"""The source's clock decides what is past; the machine's is only compared with it."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from structlog.testing import capture_logs

from ingestion.clock import ClockDiffers
from ingestion.columns import INSTANT
from tests.unit.bronze.memory import ORDERS, Lake, Memory, us


@pytest.fixture
def real(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """An empty lake whose machine goes by the real clock."""
    monkeypatch.delenv("LAKEHOUSE_NOW")
    return lake


@pytest.fixture
def now() -> datetime:
    """When the test begins, by the machine's clock."""
    return datetime.now(UTC).replace(microsecond=123456)


def stamped(*moments: datetime) -> pa.Table:
    """Orders stamped at these instants."""
    return pa.table({"Id": [f"o{number}" for number in range(len(moments))], "UpdatedAt": pa.array(moments, INSTANT)})


def test_a_window_ends_at_the_sources_clock_and_not_at_the_machines(real: Lake, now: datetime) -> None:
    reader = Memory(stamped(now - timedelta(hours=1), now - timedelta(minutes=20)), now=now - timedelta(minutes=30))
    real.load(reader)
    assert real.values() == ["o0"]
    assert real.delta().transaction_version("memory.orders") <= us(now - timedelta(minutes=30) - ORDERS.lag)


def test_a_machine_that_runs_a_year_ahead_loads_nothing_and_both_clocks_are_named(real: Lake, now: datetime) -> None:
    """The row of next year would be of the past by it, and the watermark would skip what comes until then."""
    year = timedelta(days=365)
    reader = Memory(stamped(now - timedelta(days=366), now - timedelta(days=1)), now=now - year)
    with pytest.raises(ClockDiffers, match=rf"memory Orders: the source's clock says {now.year - 1}-.*LAKEHOUSE_CLOCK"):
        real.load(reader)
    assert not real.settings.home.joinpath("lake").exists()


def test_clocks_that_differ_by_more_than_the_lag_are_warned_of(real: Lake) -> None:
    for minutes, warned in ((4, []), (30, ["clock.differs"]), (-30, ["clock.differs"])):
        with capture_logs() as logs:
            real.load(Memory(stamped(), now=datetime.now(UTC) + timedelta(minutes=minutes)))
        assert [log["event"] for log in logs] == warned


def test_how_far_the_clocks_may_differ_is_a_setting(real: Lake, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_CLOCK_SKEW_S", "7200")
    lake = Lake(real.settings.load())
    lake.load(Memory(stamped(now - timedelta(days=1)), now=now - timedelta(minutes=90)))
    assert lake.values() == ["o0"]


def test_a_fixed_now_replaces_both_clocks(lake: Lake, now: datetime) -> None:
    lake.load(Memory(stamped(now), now=now - timedelta(days=3650)))
    assert lake.values() == []  # now is 2026-10-15 there, whatever the source says
