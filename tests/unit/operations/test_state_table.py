"""The readable copy of the state: what it holds, and that it stops nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
import structlog
from moto import mock_aws

from ingestion.settings import SettingError, Settings
from operations.aws import state_table
from operations.aws.state_table import copied_state
from operations.freshness import Freshness
from operations.records.run_record import recording

LOADED = datetime(2026, 10, 15, 2, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    watermarks = [Freshness("shop__orders", LOADED, LOADED, 0.0), Freshness("shop__carts", None, None, None)]
    monkeypatch.setattr(state_table, "freshness", lambda _: watermarks)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    return replace(Settings.load(), home=tmp_path, state="dynamodb:state")


@pytest.fixture
def table(settings: Settings) -> Iterator[Any]:
    keys = (("item", "HASH"), ("at", "RANGE"))
    with mock_aws():
        yield boto3.resource("dynamodb").create_table(
            TableName="state",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )


def test_a_failed_run_and_the_watermarks_are_copied(settings: Settings, table: Any) -> None:
    with pytest.raises(RuntimeError), copied_state(settings), recording(settings, "run") as record:
        raise RuntimeError("the build failed")
    held = {item["item"]: item for item in table.scan()["Items"]}
    assert held.keys() == {"run", "table/shop__orders"}
    assert held["run"]["at"] == record.run_id
    assert (held["run"]["outcome"], held["run"]["error"]) == ("failed", "the build failed")
    assert held["table/shop__orders"]["watermark"] == str(LOADED)


def test_a_run_expires_after_400_days_and_a_watermark_never(settings: Settings, table: Any) -> None:
    with copied_state(settings), recording(settings, "run") as record:
        pass
    held = {item["item"]: item for item in table.scan()["Items"]}
    days = (datetime.fromtimestamp(int(held["run"]["expires_at"]), UTC) - datetime.fromisoformat(record.started)).days
    assert days in (399, 400)  # the second is cut off
    assert "expires_at" not in held["table/shop__orders"]


def test_a_table_that_is_missing_stops_nothing_and_is_reported(settings: Settings) -> None:
    with mock_aws(), structlog.testing.capture_logs() as logs, copied_state(settings), recording(settings, "run"):
        pass
    [line] = [line for line in logs if line["event"] == "state.not_copied"]
    assert line["log_level"] == "warning"
    assert "ResourceNotFound" in line["error"]


def test_a_setting_that_is_no_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_STATE", "state")
    with pytest.raises(SettingError, match="LAKEHOUSE_STATE is 'state': expected none or dynamodb:<table>"):
        Settings.load()
