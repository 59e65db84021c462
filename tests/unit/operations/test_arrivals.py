"""Messages about files that arrived: what they name, and which of them are done."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import structlog

from ingestion.bronze.load import LoadResult
from ingestion.settings import Settings
from operations.aws.lambda_function import FunctionFailed
from operations.commands import arrivals
from operations.commands.arrivals import Arrival, NotAnArrival, arrival, drops, handle, handler


def event(key: str, bucket: str = "drop") -> str:
    return json.dumps({"detail-type": "Object Created", "detail": {"bucket": {"name": bucket}, "object": {"key": key}}})


def batch(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]}


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was loaded; a table called `returns` can't be."""
    seen: list[str] = []

    def ingest(
        settings: Settings, sources: Sequence[str], tables: Sequence[str], run_id: str, **_: Any
    ) -> list[LoadResult]:
        seen.extend(f"{sources[0]}.{name}" for name in tables)
        errors: Mapping[str, Exception] = {"returns": RuntimeError("S3 is down")}
        return [LoadResult(sources[0], name, name, error=errors.get(name)) for name in tables]

    monkeypatch.setattr(arrivals, "ingest", ingest)
    monkeypatch.setenv("SOURCES__VENDOR_FILES__BUCKET_URL", "s3://drop/from vendors")
    monkeypatch.delenv("SOURCES__CDC__BUCKET_URL", raising=False)
    return seen


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path_factory.mktemp("home")))


def test_a_table_is_loaded_once_for_all_its_events(loaded: list[str]) -> None:
    bodies = [event(f"from vendors/price_list/{day}.csv.gz") for day in (1, 2, 1)]
    assert handler(batch(*bodies), None) == {"batchItemFailures": []}
    assert loaded == ["vendor_files.price_list"]


def test_only_messages_that_were_not_handled_come_again(loaded: list[str]) -> None:
    good, bad = event("from vendors/shipments/1.jsonl.gz"), event("from vendors/returns/1.parquet")
    failures = handler(batch("no event", good, bad, "[]", '{"Records": []}'), None)["batchItemFailures"]
    assert [one["itemIdentifier"] for one in failures] == ["0", "2", "3", "4"]
    assert sorted(loaded) == ["vendor_files.returns", "vendor_files.shipments"]


@pytest.mark.parametrize(
    ("key", "bucket"),
    [
        ("from vendors/odd.txt", "drop"),
        ("price_list/1.csv.gz", "drop"),
        ("from vendors/price_list/1.csv.gz", "other"),
    ],
)
def test_an_object_of_no_table_is_reported_and_done(loaded: list[str], key: str, bucket: str) -> None:
    with structlog.testing.capture_logs() as logs:
        assert handle(Settings.load(), list(drops()), {"1": event(key, bucket)}) == set()
    assert [(line["event"], line["key"]) for line in logs] == [("arrivals.unmatched", key)]
    assert loaded == []


def test_s3_s_own_notification_names_an_object_too() -> None:
    record = {"s3": {"bucket": {"name": "drop"}, "object": {"key": "price+list/%C3%BC.csv"}}}
    assert arrival(json.dumps({"Records": [record]})) == Arrival("drop", "price list/ü.csv")


@pytest.mark.parametrize("body", ["", "null", "7", '{"detail": {}}', '{"detail": []}'])
def test_anything_else_is_no_arrival(body: str) -> None:
    with pytest.raises(NotAnArrival, match="expected an event"):
        arrival(body)


def test_without_any_drop_the_missing_settings_are_named(loaded: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCES__VENDOR_FILES__BUCKET_URL")
    with pytest.raises(FunctionFailed, match=r"no source has files in S3.*vendor_files can't be read.*BUCKET_URL"):
        handler(batch(event("price_list/1.csv.gz")), None)
