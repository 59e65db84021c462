"""Metrics over the run log: the filters look for lines that the code writes."""

import json
import re
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ingestion.settings import PROJECT, Settings
from operations.metrics import FILE, METRICS, Metric, text
from operations.records.run_record import recording

LOGGED = re.compile(r'log\.(?:info|warning|error|exception)\(\s*"([^"]+)"')


def test_the_file_that_infrastructure_reads_is_up_to_date() -> None:
    assert FILE.read_text() == text(), "run `python -m operations.metrics`"
    names = [metric["name"] for metric in json.loads(text())]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_its_event_is_logged_somewhere(metric: Metric) -> None:
    code = [path.read_text() for room in ("ingestion", "operations") for path in (PROJECT / room).rglob("*.py")]
    assert metric.event in {event for source in code for event in LOGGED.findall(source)}


def test_a_run_s_end_is_a_line_of_the_machines_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    monkeypatch.setenv("LAKEHOUSE_LOG_FORMAT", "json")
    with capture_logs() as logs, pytest.raises(RuntimeError), recording(Settings.load(), "run"):
        raise RuntimeError("the build failed")
    [line] = logs
    assert (line["event"], line["verb"], line["outcome"]) == ("run.ended", "run", "failed")
    assert line["seconds"] >= 0
    assert line["error"] == "the build failed"


def test_people_have_the_summary_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    monkeypatch.delenv("LAKEHOUSE_LOG_FORMAT", raising=False)
    with capture_logs() as logs, recording(Settings.load(), "run"):
        pass
    assert logs == []
