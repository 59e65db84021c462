import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.settings import PROJECT, SettingError, Settings, checked


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "ROOT",
        "PREFIX",
        "BASE_CURRENCY",
        "NOW",
        "ENVIRONMENT",
        "CATALOG",
        "LEASES",
        "CLOCK_SKEW_S",
        "ARTIFACTS",
    ):
        monkeypatch.delenv(f"LAKEHOUSE_{name}", raising=False)
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))


def test_a_relative_home_lies_in_the_project_wherever_the_command_is_called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LAKEHOUSE_HOME", "elsewhere")
    monkeypatch.chdir(tmp_path)
    assert Settings.load().root == str(PROJECT / "elsewhere" / "lake")


def test_the_prefix_is_part_of_the_bronze_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_ROOT", "s3://bucket/lake/")
    monkeypatch.setenv("LAKEHOUSE_PREFIX", "ada_")
    assert Settings.load().bronze == "s3://bucket/lake/ada_bronze"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOME", ""),
        ("ROOT", "gs://bucket/lake"),
        ("ARTIFACTS", "gs://bucket"),
        ("PREFIX", "my-"),
        ("BASE_CURRENCY", "usd"),
        ("BASE_CURRENCY", "ZZZ"),
        ("ENVIRONMENT", ""),
        ("ENVIRONMENT", "Local"),
        ("CATALOG", "hive"),
        ("LEASES", "dynamo"),
        ("CLOCK_SKEW_S", "1h"),
        ("NOW", "yesterday"),
        ("NOW", "0001-01-01T00:00+05:00"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"LAKEHOUSE_{name}", value)
    with pytest.raises(SettingError, match=rf"LAKEHOUSE_{name} is '{re.escape(value)}': expected .*(unset|remove) it$"):
        Settings.load()


def test_now_is_the_setting_then_the_demos_clock_then_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    before = datetime.now(UTC)
    assert Settings.load().now() >= before
    clock = Settings.load().clock
    clock.parent.mkdir()
    clock.write_text("2026-01-02T23:00:00+00:00\n")
    assert Settings.load().now() == datetime(2026, 1, 2, 23, tzinfo=UTC)
    monkeypatch.setenv("LAKEHOUSE_NOW", "2026-02-03T04:00:00+02:00")
    assert Settings.load().now() == datetime(2026, 2, 3, 2, tzinfo=UTC)


def test_a_demos_clock_that_says_no_instant_is_named_by_its_file() -> None:
    clock = Settings.load().clock
    clock.parent.mkdir()
    clock.write_text("noon")
    with pytest.raises(SettingError, match=rf"^the demo's clock, {re.escape(str(clock))}, says 'noon': expected"):
        Settings.load().now()


def test_the_demos_clock_counts_only_locally(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Settings.load().clock
    clock.parent.mkdir()
    clock.write_text("2020-01-02T23:00:00+00:00")
    monkeypatch.setenv("LAKEHOUSE_ENVIRONMENT", "production")
    assert Settings.load().now().year > 2020


def test_a_setting_without_a_default_that_fits_has_to_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKEHOUSE_EMR_APPLICATION_ID", raising=False)
    with pytest.raises(SettingError, match="LAKEHOUSE_EMR_APPLICATION_ID is not set: expected an id; set it"):
        checked("EMR_APPLICATION_ID", "", "[0-9a-z]{1,64}", "an id")
