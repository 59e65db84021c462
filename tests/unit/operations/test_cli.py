import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
import structlog

from ingestion.settings import SettingError
from ingestion.spec import SourceUnavailable
from operations import cli


class LockHeld(RuntimeError):
    __module__ = "operations.anything"
    exit_code = 3


def ended(error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    @click.command
    def verb() -> None:
        raise error

    monkeypatch.setattr(cli.Verbs, "get_command", lambda *_: verb)
    monkeypatch.setattr(sys, "argv", ["lakehouse", "status"])
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    return int(exit_.value.code or 0), capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [(SettingError("no"), 2), (SourceUnavailable("no"), 1), (LockHeld("no"), 3)],
)
def test_an_expected_error_is_one_line_and_an_exit_code(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(error, monkeypatch, capsys) == (code, "lakehouse: no\n")


def test_an_unexpected_error_keeps_its_stack(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ZeroDivisionError):
        ended(ZeroDivisionError(), monkeypatch, capsys)


def test_help_lists_every_verb_without_importing_one() -> None:
    program = (
        "import sys, operations.cli as cli\n"
        "from click.testing import CliRunner\n"
        "text = CliRunner().invoke(cli.cli, ['--help']).output\n"
        "missing = [verb for verb in cli.VERBS if verb not in text]\n"
        "imported = [m for m in sys.modules if m in ('dlt', 'deltalake', 'pysail', 'devstack')]\n"
        "assert not missing and not imported, (missing, imported)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_logs_go_to_stderr_as_json_when_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAKEHOUSE_LOG_FORMAT", "json")
    cli.configure_logs()
    structlog.get_logger().info("table_loaded", table="orders", rows=3)
    said = capsys.readouterr()
    assert said.out == ""
    assert {"event": "table_loaded", "table": "orders", "rows": 3}.items() <= json.loads(said.err).items()
    monkeypatch.delenv("LAKEHOUSE_LOG_FORMAT")


@pytest.mark.parametrize("variable", ["LAKEHOUSE_LOG_FORMAT", "LAKEHOUSE_LOG_LEVEL"])
def test_a_wrong_log_setting_is_named(variable: str) -> None:
    env = {**os.environ, variable: "loudly"}
    ran = subprocess.run(
        [Path(sys.executable).with_name("lakehouse"), "status"], env=env, capture_output=True, text=True
    )
    assert ran.returncode == 2
    assert f"lakehouse: {variable} is 'loudly': expected" in ran.stderr.replace("LOUDLY", "loudly")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NOW", "yesterday"),
        ("PREFIX", "my-"),
        ("BASE_CURRENCY", "usd"),
        ("ENVIRONMENT", "Local"),
        ("CRASH_AT", "lunch"),
        ("CRASH_AT", "committed:0"),
    ],
)
def test_a_wrong_setting_ends_a_verb_with_2_before_anything_is_done(
    variable: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    monkeypatch.setenv(f"LAKEHOUSE_{variable}", value)
    monkeypatch.setattr(sys, "argv", ["lakehouse", "run"])
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    assert exit_.value.code == 2
    assert capsys.readouterr().err.startswith(f"lakehouse: LAKEHOUSE_{variable} is {value!r}: expected ")
    assert not list(tmp_path.iterdir())
