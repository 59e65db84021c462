"""What `lakehouse demo-data` accepts, and what it refuses in one line."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from devstack.generator import refill, state
from devstack.generator.timeline import Timeline
from ingestion.settings import SettingError, Settings
from operations.commands.demo_data import DemoRefused, command, following, wanted

TODAY = date(2026, 10, 20)
OLD = Timeline(seed=7, scale=0.05, first=date(2026, 10, 15), as_of=date(2026, 10, 19), days=90)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    settings = Settings.load()
    settings.services.mkdir()
    return settings


def test_a_first_demo_ends_yesterday() -> None:
    line = wanted(None, {}, TODAY)
    assert line == Timeline(seed=7, scale=1.0, first=date(2026, 10, 19), as_of=date(2026, 10, 19), days=90)


def test_a_demo_that_is_there_is_brought_back_as_it_is() -> None:
    assert wanted(OLD, {}, TODAY) == OLD
    assert wanted(OLD, {"scale": 0.05, "seed": 7}, TODAY) == OLD


def test_another_demo_is_refused_unless_it_shall_replace_the_old_one() -> None:
    with pytest.raises(DemoRefused, match=r"scale 0\.05.*--replace"):
        wanted(OLD, {"scale": 2.0}, TODAY)
    assert wanted(OLD, {"scale": 2.0}, TODAY, start_over=True).scale == 2.0


def test_the_next_day_comes_but_never_past_the_real_day() -> None:
    line = following(OLD, TODAY)
    assert (line.as_of, line.first) == (TODAY, OLD.first)
    with pytest.raises(DemoRefused, match="2026-10-21 has not come yet, today is 2026-10-20"):
        following(line, TODAY)


def test_there_is_no_next_day_without_a_demo() -> None:
    with pytest.raises(DemoRefused, match="lakehouse demo-data"):
        following(None, TODAY)


def test_a_scale_of_nothing_is_refused() -> None:
    with pytest.raises(DemoRefused, match="scale 0"):
        wanted(None, {"scale": 0.0}, TODAY)


def test_next_day_takes_no_other_option(settings: Settings) -> None:
    outcome = CliRunner().invoke(command, ["--next-day", "--scale", "2"])
    assert outcome.exit_code == 2
    assert "--next-day goes with no other option" in outcome.output


def test_without_services_the_line_says_how_to_start_them(settings: Settings) -> None:
    outcome = CliRunner().invoke(command, ["--scale", "0.05"])
    assert isinstance(outcome.exception, SettingError)
    assert "lakehouse up" in str(outcome.exception)
    assert state.read(settings) is None


def test_state_and_clock_survive_a_round_trip(settings: Settings) -> None:
    state.write(settings, OLD)
    assert state.read(settings) == OLD
    assert settings.now().isoformat() == "2026-10-19T23:00:00+00:00"


def test_refill_without_a_demo_asks_nobody(settings: Settings) -> None:
    refill(settings)
