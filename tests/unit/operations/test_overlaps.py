"""A run that meets a load of the same table, as when an hourly load still runs while the daily run starts."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.bronze import names
from ingestion.bronze.leases.lease import lease
from ingestion.settings import Settings
from ingestion.sources import load_sources
from operations import loading
from operations.commands import run
from operations.records.run_record import read_runs

SOURCE = "fx_rates"


def test_a_run_whose_load_is_refused_builds_nothing_and_ends_with_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(Settings.load(), home=tmp_path, root=str(tmp_path / "lake"))
    source = load_sources()[SOURCE]
    monkeypatch.setattr(loading, "load_sources", lambda: {SOURCE: source})
    monkeypatch.setenv("SOURCES__FX_RATES__BASE_URL", "https://rates.invalid")  # no table comes to be read
    with ExitStack() as hourly:
        for table in source.tables:
            hourly.enter_context(lease(settings, names.table_name(source, table)))
        with pytest.raises(run.RunRefused, match="another load of this table is running") as refused:
            run.run(settings, ("ingest", "build"))
    assert refused.value.exit_code == 3
    [record] = read_runs(settings)
    assert record["outcome"] == "failed"
    assert [step["name"] for step in record["steps"] if step["kind"] == "phase"] == ["ingest"]
