import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from devstack.fx import APP
from ingestion.settings import Settings

Ask = Callable[..., Any]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks the API at an instant of the demo's clock."""
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    clock = Settings.load().clock
    clock.parent.mkdir()

    async def get(path: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=APP), base_url="http://fx") as client:
            return await client.get(path)

    def answer(path: str, at: str = "2026-10-15T23:00:00+00:00", status: int = 200) -> Any:
        clock.write_text(at)
        response = asyncio.run(get(path))
        assert response.status_code == status, response.text
        return response.json()

    return answer


def test_a_day_has_the_published_rates(ask: Ask) -> None:
    assert ask("/v1/2024-01-05?symbols=USD,JPY") == {
        "amount": 1.0,
        "base": "EUR",
        "date": "2024-01-05",
        "rates": {"JPY": 158.57, "USD": 1.0921},
        "provider": "ecb",
    }


def test_another_base_turns_the_rates_around(ask: Ask) -> None:
    rates = ask("/v1/2024-01-05?base=USD")["rates"]
    assert rates["EUR"] == 0.91567
    assert rates["JPY"] == 145.2
    assert "USD" not in rates


def test_todays_rate_is_published_at_15_utc(ask: Ask) -> None:
    assert ask("/v1/2026-10-15", at="2026-10-15T14:59:59+00:00")["date"] == "2026-10-14"
    assert ask("/v1/2026-10-15", at="2026-10-15T15:00:00+00:00")["date"] == "2026-10-15"


def test_latest_changes_by_the_hour(ask: Ask) -> None:
    nine = ask("/v1/latest?base=USD", at="2026-10-15T09:10:00+00:00")
    assert nine == ask("/v1/latest?base=USD", at="2026-10-15T09:50:00+00:00")
    ten = ask("/v1/latest?base=USD", at="2026-10-15T10:10:00+00:00")
    assert nine["date"] == ten["date"] == "2026-10-15"
    assert nine["provider"] == "simulated"
    assert nine["rates"] != ten["rates"]


def test_the_market_rests_at_weekends(ask: Ask) -> None:
    saturday = ask("/v1/latest", at="2026-10-17T09:00:00+00:00")
    assert saturday == ask("/v1/latest", at="2026-10-18T20:00:00+00:00")
    assert saturday["date"] == "2026-10-16"


def test_a_period_has_its_working_days(ask: Ask) -> None:
    answer = ask("/v1/2024-01-04..2024-01-09?symbols=USD")
    assert list(answer["rates"]) == ["2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"]
    assert (answer["start_date"], answer["end_date"]) == ("2024-01-04", "2024-01-09")


def test_a_period_starts_with_the_publication_that_held_then(ask: Ask) -> None:
    assert ask("/v1/2024-01-01..2024-01-02")["start_date"] == "2023-12-29"


def test_an_open_period_ends_with_the_last_publication(ask: Ask) -> None:
    assert ask("/v1/2026-10-12..", at="2026-10-15T14:00:00+00:00")["end_date"] == "2026-10-14"
    assert ask("/v1/2026-10-12..2026-12-31", at="2026-10-15T16:00:00+00:00")["end_date"] == "2026-10-15"


def test_a_period_before_the_first_publication_begins_with_it(ask: Ask) -> None:
    assert ask("/v1/1998-12-01..1999-01-05")["start_date"] == "1999-01-04"


def test_after_the_banks_last_day_the_answer_says_that_it_is_simulated(ask: Ask) -> None:
    at = "2026-11-05T23:00:00+00:00"
    assert ask("/v1/2026-10-30", at)["provider"] == "ecb"
    assert ask("/v1/2026-11-04", at)["provider"] == "simulated"
    assert ask("/v1/2026-10-28..2026-11-04", at)["provider"] == "simulated"


@pytest.mark.parametrize(
    "path", ["/v1/1998-12-31", "/v1/2026-10-16", "/v1/2024-01-05?base=XXX", "/v1/2024-01-05?symbols=X"]
)
def test_what_does_not_exist_is_not_found(ask: Ask, path: str) -> None:
    assert ask(path, status=404) == {"message": "not found"}


@pytest.mark.parametrize("path", ["/v1/2024-13-01", "/v1/2024-01-05?base=USD&symbols=USD", "/v1/latest?amount=x"])
def test_nonsense_is_refused(ask: Ask, path: str) -> None:
    assert ask(path, status=422)["message"]


def test_small_rates_keep_their_digits(ask: Ask) -> None:
    rates = ask("/v1/2024-01-05?base=IDR&symbols=EUR,KRW")["rates"]
    assert 0 < rates["EUR"] == round(rates["EUR"], 6) < 0.0001


def test_v2_is_a_flat_list(ask: Ask) -> None:
    rows = ask("/v2/rates?base=USD&quotes=EUR,GBP&from=2026-10-29&to=2026-11-02", at="2026-11-05T23:00:00+00:00")
    assert len(rows) == 6
    assert rows[0] == {"date": "2026-10-29", "base": "USD", "quote": "EUR", "rate": 0.89847, "provider": "ecb"}
    assert {row["provider"] for row in rows if row["date"] == "2026-11-02"} == {"simulated"}
