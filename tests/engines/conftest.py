from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from ingestion.settings import Settings
from tests.engines.bringing import NotInstalled, installed
from tests.engines.engine import Engine
from tests.engines.engines import ENGINES
from tests.engines.kafka_server import PASSWORD, USER, Server, kafka_server
from tests.unit.bronze.memory import Lake


@pytest.fixture(scope="session")
def open_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Engine]]:
    """Gives an engine of tests/engines/engines.py by name; opened when it is asked for first, closed at the end."""
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(ENGINES[name](tmp_path_factory.mktemp(name))))


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A broker for all tests; each takes topics of its own."""
    try:
        jars = installed("kafka")
    except NotInstalled as missing:
        pytest.fail(str(missing), pytrace=False)
    with kafka_server(tmp_path_factory.mktemp("kafka"), jars) as server:
        yield server


@pytest.fixture
def settings(kafka: Server, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The source's settings point at the broker, through TLS and as a user; a test may change them."""
    values = {
        "BOOTSTRAP_SERVERS": kafka.address("SASL_SSL"),
        "SECURITY_PROTOCOL": "SASL_SSL",
        "USERNAME": USER,
        "PASSWORD": PASSWORD,
        "CA_FILE": str(kafka.ca),
    }
    for name, value in values.items():
        monkeypatch.setenv(f"SOURCES__KAFKA__{name}", value)
    return monkeypatch


@pytest.fixture
def lake(settings: pytest.MonkeyPatch, tmp_path: Path) -> Lake:
    """An empty lake."""
    settings.setenv("LAKEHOUSE_HOME", str(tmp_path / "home"))
    return Lake(Settings.load())
