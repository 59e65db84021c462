"""The verdict of a build on Spark is one that `lakehouse publish` reads."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.settings import Settings
from operations.commands.gate import GateClosed, check_build, verdict
from operations.emr.verdict import begin_verdict, end_verdict

MODEL, TEST = "model.lakehouse.fact_sales", "test.lakehouse.totals_add_up.1a2b"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.load(), root=str(tmp_path), prefix="ana_")


def result(node: str, status: str, message: str | None = None) -> dict[str, str | None]:
    return {"unique_id": node, "status": status, "message": message}


def test_a_build_that_was_killed_keeps_publish_closed(settings: Settings) -> None:
    begin_verdict(settings, "one", "dbt build", [MODEL, TEST])
    with pytest.raises(GateClosed, match=r"2 nodes .*run one, .* has not ended"):
        check_build(settings)


def test_what_failed_is_named_until_a_retry_proves_it(settings: Settings) -> None:
    begin_verdict(settings, "one", "dbt build", [MODEL, TEST])
    end_verdict(settings, "one", "dbt build", [result(MODEL, "success"), result(TEST, "fail", "Got 5 results")])
    with pytest.raises(GateClosed, match=r"1 node .*test totals_add_up \(fail: Got 5 results\).*run one"):
        check_build(settings)
    begin_verdict(settings, "two", "dbt retry", [])
    end_verdict(settings, "two", "dbt retry", [result(TEST, "pass")])
    check_build(settings)
    held = verdict(settings)
    assert held
    assert (held.run_id, held.command, held.unproven) == ("two", "dbt retry", {})
