"""Functions fail in one way."""

import importlib
import re

import pytest

from ingestion.settings import PROJECT, SettingError
from operations.aws import fx
from operations.aws.lambda_function import FunctionFailed, lambda_function
from operations.steps import SCHEDULES


def test_every_handler_of_the_infrastructure_is_there() -> None:
    text = (PROJECT / "infra" / "modules" / "lakehouse" / "names.tf").read_text()
    handlers = re.findall(r'(\w+) += \{ handler = "([\w.]+)" \}', text)
    assert dict(handlers).keys() == {"arrivals", "fx"}
    for _, path in handlers:
        module, _, name = path.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))


def test_the_function_loads_what_its_schedule_loads() -> None:
    [schedule] = [one for one in SCHEDULES if one.function]
    assert (schedule.function, schedule.command) == ("fx", ("ingest", fx.SOURCE))


def test_an_expected_error_is_its_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_LOG_FORMAT", "json")

    @lambda_function
    def handler(event: object, context: object) -> dict[str, object]:
        raise SettingError("LAKEHOUSE_ROOT is wrong:\nunset it")

    with pytest.raises(FunctionFailed, match=r"^LAKEHOUSE_ROOT is wrong: unset it$"):
        handler({}, None)
    [line] = capsys.readouterr().err.splitlines()
    assert '"event": "function.failed"' in line
    assert "Traceback" not in line


def test_an_error_that_no_rule_foresees_leaves_its_stack_in_the_same_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_LOG_FORMAT", "json")
    monkeypatch.setenv("SOURCES__FX_RATES__PASSWORD", "sesame-fx")

    @lambda_function
    def handler(event: object, context: object) -> dict[str, object]:
        raise KeyError("sesame-fx")

    with pytest.raises(FunctionFailed, match=r"^KeyError: '\*\*\*'$"):
        handler({}, None)
    [line] = capsys.readouterr().err.splitlines()
    assert "Traceback" in line
    assert "sesame-fx" not in line


def test_a_wrong_setting_of_the_logs_is_the_function_s_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_LOG_LEVEL", "loud")
    with pytest.raises(FunctionFailed, match=r"LAKEHOUSE_LOG_LEVEL is 'LOUD'"):
        lambda_function(lambda event, context: {})({}, None)
