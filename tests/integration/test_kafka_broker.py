"""The local Kafka: a restart brings the same offsets back, a next day goes behind them, another demo replaces them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from devstack import services as local
from devstack import startup
from devstack.generator import state
from devstack.generator.demo import logs
from devstack.generator.fill import kafka
from devstack.generator.timeline import Timeline
from ingestion.settings import Settings
from ingestion.sources.kafka import SOURCE

DAY = date(2026, 10, 15)
LINE = Timeline(7, 0.01, DAY, DAY, 5)
Message = tuple[int, int, bytes | None, bytes | None]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A LAKEHOUSE_HOME of the test's own, with a broker that holds a demo."""
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    settings = Settings.load()
    settings.services.mkdir()
    state.write(settings, LINE)
    startup.up(settings, ["kafka"])
    yield settings
    local.down(settings)


def held(home: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[Message]]:
    """What each topic holds: partition, offset, key, value."""
    for name, value in local.environment(home).items():
        monkeypatch.setenv(name, value)
    found: dict[str, set[Message]] = {}
    with SOURCE.connect() as reader:
        for table in SOURCE.tables:
            spans = reader._cluster.bounds(table.name)  # type: ignore[attr-defined]
            batches = reader._cluster.messages(table.name, spans)  # type: ignore[attr-defined]
            found[table.name] = {
                (one.partition(), one.offset(), one.key(), one.value()) for batch in batches for one in batch
            }
    return found


def test_a_broker_that_was_stopped_holds_the_same_at_the_same_offsets(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = held(home, monkeypatch)
    assert {topic: len(messages) for topic, messages in before.items()} == {
        topic: len(log.values) for topic, log in logs(LINE).items()
    }
    local.down(home)
    startup.up(home, ["kafka"])
    assert held(home, monkeypatch) == before


def test_a_next_day_goes_behind_and_another_demo_replaces(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = held(home, monkeypatch)
    kafka.fill(home, local.environment(home), logs(replace(LINE, as_of=DAY + timedelta(days=1))))
    after = held(home, monkeypatch)
    assert all(before[topic] < after[topic] for topic in before)
    other = logs(replace(LINE, seed=8))
    kafka.fill(home, local.environment(home), other)
    assert {topic: len(messages) for topic, messages in held(home, monkeypatch).items()} == {
        topic: len(log.values) for topic, log in other.items()
    }
