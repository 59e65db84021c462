"""Lambda functions, called through Lambda's own runtime interface client with events as AWS sends them."""

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from deltalake import DeltaTable

from devstack import services, startup
from ingestion.settings import Settings
from tests.integration.lambda_runtime import event, started

pytestmark = pytest.mark.commands

LINE = "vendor_id,sku,unit_cost,currency,valid_from\nV1,sku-1,1.00,USD,2026-10-01\n"
POISONED = "059f36b4-87a3-44ab-83d2-661975045002"
SCHEDULED: dict[str, Any] = {}
"""The input that infra/modules/orchestration/schedules.tf gives to a function."""


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """AWS and exchange rates of this file's own."""
    settings = replace(Settings.load(), home=tmp_path_factory.mktemp("services"))
    try:
        startup.up(settings, ["moto", "fx"])
        yield settings
    finally:
        services.down(settings)


@pytest.fixture
def variables(emulated: Settings, tmp_path: Path) -> dict[str, str]:
    """The environment of a function; the lake is in a folder."""
    return {
        **{name: os.environ[name] for name in ("PATH", "SSL_CERT_FILE") if name in os.environ},
        **services.environment(emulated),
        "DLT_DATA_DIR": str(tmp_path / "home" / "dlt"),
        "LAKEHOUSE_HOME": str(tmp_path / "home"),
        "LAKEHOUSE_ROOT": str(tmp_path / "lake"),
        "LAKEHOUSE_LOG_FORMAT": "json",
    }


def rows(variables: dict[str, str], table: str, column: str) -> list[Any]:
    found = DeltaTable(f"{variables['LAKEHOUSE_ROOT']}/bronze/{table}").to_pyarrow_table(columns=[column])
    return found[column].to_pylist()


def failures(printed: str) -> list[str]:
    """The errors of `function.failed`, each a JSON object on a line."""
    logged = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return [line["error"] for line in logged if line["event"] == "function.failed"]


def test_a_batch_of_arrivals_lands_once_and_only_its_poisoned_message_comes_again(variables: dict[str, str]) -> None:
    aws = {name.lower(): value for name, value in variables.items() if name.startswith("AWS_") and "KEY" in name}
    s3 = boto3.client("s3", endpoint_url=variables["AWS_ENDPOINT_URL"], **aws)
    s3.put_object(Bucket="vendor-drop", Key="price_list/2026-11-12.csv.gz", Body=gzip.compress(LINE.encode()))
    with started("operations.commands.arrivals.handler", variables) as function:
        first = function.invoke(event("arrivals"))
        again = function.invoke(event("arrivals"))
    for answer in (first, again):
        assert (answer.kind, answer.body) == ("response", {"batchItemFailures": [{"itemIdentifier": POISONED}]})
    assert rows(variables, "vendor_files__price_list", "sku") == ["sku-1"]


@pytest.mark.parametrize("given", [event("fx"), SCHEDULED], ids=["as scheduled without input", "as deployed"])
def test_the_hourly_rates_land_once_an_hour(variables: dict[str, str], given: dict[str, Any]) -> None:
    variables["LAKEHOUSE_NOW"] = "2026-11-12T08:30:00Z"
    variables["SOURCES__FX_RATES__START"] = "2026-11-10"
    with started("operations.aws.fx.handler", variables) as function:
        first, again = function.invoke(given), function.invoke(given)
    assert [first.kind, again.kind] == ["response", "response"], function.printed()
    assert first.body["landed"]["rates_hourly"] > 0
    assert again.body["landed"] == {"rates_daily": 0, "rates_hourly": 0}
    assert len(rows(variables, "fx_rates__rates_hourly", "ccy")) == first.body["landed"]["rates_hourly"]


def test_a_load_that_fails_is_an_invocation_error_of_one_line_and_the_next_call_works(
    emulated: Settings, variables: dict[str, str]
) -> None:
    with started("operations.aws.fx.handler", variables) as function:
        services.down(emulated, ["fx"])
        failed = function.invoke(SCHEDULED)
        startup.up(emulated, ["fx"])
        again = function.invoke(SCHEDULED)
    assert failed.kind == "error"
    [line] = failures(function.printed())
    assert (failed.body["errorType"], failed.body["errorMessage"]) == ("FunctionFailed", line)
    assert variables["SOURCES__FX_RATES__BASE_URL"] in line
    assert "go on with: lakehouse ingest fx_rates" in line
    assert again.kind == "response"


def test_a_setting_that_is_missing_is_named(variables: dict[str, str]) -> None:
    del variables["SOURCES__FX_RATES__BASE_URL"]
    with started("operations.aws.fx.handler", variables) as function:
        failed = function.invoke(SCHEDULED)
    assert failed.kind == "error"
    assert "SOURCES__FX_RATES__BASE_URL" in failed.body["errorMessage"]
    assert "\n" not in failed.body["errorMessage"]


def test_no_secret_is_in_an_error(variables: dict[str, str]) -> None:
    variables["SOURCES__FX_RATES__BASE_URL"] = "http://user:sesame-fx@127.0.0.1:1/rates"
    with started("operations.aws.fx.handler", variables) as function:
        failed = function.invoke(SCHEDULED)
    assert failed.kind == "error"
    assert "127.0.0.1:1" in failed.body["errorMessage"]
    assert "sesame-fx" not in json.dumps(failed.body) + function.printed()


def test_a_handler_that_is_not_there_is_an_error_of_the_start(variables: dict[str, str]) -> None:
    with started("operations.aws.fx.none", variables) as function:
        failed = function.invoke(SCHEDULED)
    assert (failed.kind, failed.body["errorType"]) == ("init/error", "Runtime.HandlerNotFound")
