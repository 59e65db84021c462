"""`lakehouse ingest` on streams: following them until a signal, and reading them again."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tenacity
from click.testing import CliRunner, Result
from confluent_kafka import Producer
from deltalake import DeltaTable

from ingestion.protocols.kafka import messages
from ingestion.settings import Settings
from operations.cli import cli
from operations.records.run_record import read_runs

MS = 1_767_225_600_123
FOLLOW = ("kafka", "--table", "user_events", "--follow", "--every", "0.1", "--json")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Producer:
    """A broker, which the settings name, and a lake of the test's own; no other service."""
    producer = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0})
    [broker] = producer.list_topics(timeout=10).brokers.values()
    monkeypatch.setenv("SOURCES__KAFKA__BOOTSTRAP_SERVERS", f"127.0.0.1:{broker.port}")
    monkeypatch.setenv("SOURCES__KAFKA__SECURITY_PROTOCOL", "PLAINTEXT")
    monkeypatch.setenv("LAKEHOUSE_ENVIRONMENT", "elsewhere")
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    return producer


def say(shop: Producer, *ids: str) -> None:
    for one in ids:
        shop.produce("user_events", json.dumps({"event_id": one}), partition=len(one) % 4)
    assert shop.flush(10) == 0


def ingest(*words: str) -> Result:
    return CliRunner().invoke(cli, ["ingest", *words], catch_exceptions=False)


def told(result: Result) -> dict[str, Any]:
    [table] = json.loads(result.stdout)["tables"]
    return {name: table[name] for name in ("read", "landed", "already_there")}


def landed() -> list[str]:
    path = f"{Settings.load().bronze}/kafka__user_events"
    if not DeltaTable.is_deltatable(path):
        return []
    return sorted(DeltaTable(path).to_pyarrow_table(columns=["event_id"])["event_id"].to_pylist())


@tenacity.retry(stop=tenacity.stop_after_delay(600), wait=tenacity.wait_fixed(0.05), reraise=True)
def until_landed(*ids: str) -> None:
    assert landed() == sorted(ids)


@pytest.fixture
def follower(shop: Producer) -> Iterator["subprocess.Popen[str]"]:
    """The command in a process of its own, with its first batch behind it."""
    say(shop, "E1")
    command = [Path(sys.executable).with_name("lakehouse"), "ingest", *FOLLOW]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until_landed("E1")
        yield process
        process.kill()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_who_follows_loads_what_comes_and_ends_well_when_told(
    shop: Producer, follower: "subprocess.Popen[str]", sign: signal.Signals
) -> None:
    say(shop, "E2", "E33")
    until_landed("E1", "E2", "E33")
    follower.send_signal(sign)
    out, err = follower.communicate(timeout=600)
    assert (follower.returncode, json.loads(out)["failed"]) == (0, 0), err
    [table] = json.loads(out)["tables"]
    assert (table["read"], table["landed"]) == (3, 3)
    [run] = read_runs(Settings.load())
    assert (run["outcome"], [step["facts"]["landed"] for step in run["steps"]]) == ("done", [3])
    loads = DeltaTable(f"{Settings.load().bronze}/loads").to_pyarrow_table().to_pylist()
    commits = DeltaTable(f"{Settings.load().bronze}/kafka__user_events").history()
    assert len(loads) == len(commits)  # a commit for each batch, and none where nothing came
    assert sum(load["rows_landed"] for load in loads) == 3


def test_a_stream_that_fails_ends_the_others_with_what_they_have(shop: Producer) -> None:
    say(shop, "E1")
    result = ingest("kafka", "--follow", "--every", "0.05")
    assert result.exit_code == 1
    assert "Unknown topic" in result.stderr
    assert landed() in ([], ["E1"])


def test_a_replay_brings_back_what_is_missing_and_nothing_twice(shop: Producer) -> None:
    say(shop, "E1", "E2", "E3")
    table = ("kafka", "--table", "user_events", "--json")
    assert told(ingest(*table)) == {"read": 3, "landed": 3, "already_there": 0}
    assert told(ingest(*table, "--replay-from", "earliest")) == {"read": 3, "landed": 0, "already_there": 3}
    DeltaTable(f"{Settings.load().bronze}/kafka__user_events").delete("event_id = 'E2'")
    assert told(ingest(*table, "--replay-from", "1")) == {"read": 2, "landed": 1, "already_there": 1}
    assert told(ingest(*table)) == {"read": 0, "landed": 0, "already_there": 0}
    assert landed() == ["E1", "E2", "E3"]


def test_messages_that_a_new_parser_takes_land_once_just_as_if_they_had_landed_at_once(
    shop: Producer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = b'{"event_id": "E1", "value": 1.5}'
    bad = [b'{"event_id": "E2", "value": "1,5"}', b"{'event_id': 'E3', 'more': [1.10]}", b"{'event_id'"]
    for number, value in enumerate([good, *bad]):
        shop.produce("system_metrics", value, "K \u00e9", partition=number % 3, timestamp=MS + number)
    assert shop.flush(10) == 0
    metrics = ("kafka", "--table", "system_metrics", "--json")
    assert told(ingest(*metrics)) == {"read": 4, "landed": 1, "already_there": 0}
    assert replayed() == (3, 0, {"bad_json": 2, "wrong_type": 1})

    monkeypatch.setattr(messages, "_members", lenient)
    assert replayed() == (3, 2, {"bad_json": 1})
    assert replayed() == (1, 0, {"bad_json": 1})
    assert told(ingest(*metrics, "--replay-from", "earliest")) == {"read": 4, "landed": 0, "already_there": 4}
    moved = metrics_held()

    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / "another"))
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "another dlt"))
    assert told(ingest(*metrics)) == {"read": 4, "landed": 3, "already_there": 0}
    assert moved == metrics_held()
    assert [(row["_row_id"], row["_key"]) for row in moved[1:]] == [
        ("system_metrics/1/0", "K \u00e9"),
        ("system_metrics/2/0", "K \u00e9"),
    ]


def lenient(value: bytes | None, key: bytes | None, parse: Any = messages._members) -> Any:
    """A parser that takes single quotes and decimal commas."""
    return parse(value and value.replace(b"'", b'"').replace(b'"1,5"', b"1.5"), key)


def replayed() -> tuple[int, int, dict[str, int]]:
    result = CliRunner().invoke(cli, ["quarantine", "replay", "kafka.system_metrics", "--json"], catch_exceptions=False)
    found = json.loads(result.stdout)
    return found["looked_at"], found["landed"], found["kept"]


def metrics_held() -> list[dict[str, Any]]:
    """What bronze holds, but for the columns that tell of the load."""
    rows = DeltaTable(f"{Settings.load().bronze}/kafka__system_metrics").to_pyarrow_table().to_pylist()
    ours = ("_ingest_ts", "_ingest_date", "_run_id", "_load_id")
    plain = [{name: value for name, value in row.items() if name not in ours} for row in rows]
    return sorted(plain, key=lambda row: str(row["_row_id"]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["kafka", "--replay-from", "yesterday"], "'yesterday' is no offset, no instant such as "),
        (["postgres", "--replay-from", "5"], "for streams, and postgres is none"),
        (["--follow"], "for streams, and cdc, fx_rates, "),
        (["kafka", "--follow", "--full"], "exclude one another"),
        (["kafka", "--follow", "--dry-run"], "exclude one another"),
    ],
)
def test_what_streams_can_not_do_is_a_usage_error(words: list[str], said: str) -> None:
    result = ingest(*words)
    assert (result.exit_code, said in " ".join(result.stderr.split())) == (2, True), result.stderr
