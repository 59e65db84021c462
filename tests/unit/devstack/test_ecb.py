from datetime import date, timedelta
from decimal import Decimal

import pytest

from devstack.ecb import Ecb, is_working_day


@pytest.fixture(scope="module")
def ecb() -> Ecb:
    return Ecb()


def test_published_rates_are_the_banks(ecb: Ecb) -> None:
    assert ecb.rates(date(1999, 1, 4))["USD"] == Decimal("1.1789")
    assert ecb.rates(date(2024, 1, 5))["JPY"] == Decimal("158.57")


def test_currencies_come_and_go(ecb: Ecb) -> None:
    assert "HRK" in ecb.rates(date(2022, 12, 30))
    assert "HRK" not in ecb.rates(date(2023, 1, 2))


def test_nothing_was_published_before_1999(ecb: Ecb) -> None:
    assert ecb.day(date(1999, 1, 3)) is None


def test_a_weekend_has_the_rates_of_friday(ecb: Ecb) -> None:
    assert ecb.day(date(2024, 1, 7)) == date(2024, 1, 5)
    assert ecb.days(date(2024, 1, 5), date(2024, 1, 8)) == [date(2024, 1, 5), date(2024, 1, 8)]


@pytest.mark.parametrize(
    "holiday", [date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 29), date(2026, 12, 25), date(2028, 5, 1)]
)
def test_nothing_is_published_on_holidays(holiday: date) -> None:
    assert not is_working_day(holiday)


def test_working_days_are_those_on_which_the_bank_published(ecb: Ecb) -> None:
    start = date(2016, 1, 1)
    days = [start + timedelta(days=number) for number in range((ecb.last - start).days + 1)]
    assert [day for day in days if is_working_day(day)] == ecb.days(start, ecb.last)


def test_simulated_days_are_the_same_in_whatever_order_they_are_asked_for(ecb: Ecb) -> None:
    day = ecb.last + timedelta(days=60)
    while not is_working_day(day):
        day += timedelta(days=1)
    other = Ecb()
    for step in (ecb.last + timedelta(days=10), day):
        other.day(step)
    assert ecb.day(day) == day
    assert ecb.rates(day) == other.rates(day)


def test_simulated_rates_stay_near_the_day_before(ecb: Ecb) -> None:
    first = next(day for day in ecb.days(ecb.last, ecb.last + timedelta(days=7)) if day > ecb.last)
    for currency, rate in ecb.rates(first).items():
        before = ecb.rates(ecb.last)[currency]
        assert rate.as_tuple().exponent == before.as_tuple().exponent
        assert abs(rate / before - 1) < Decimal("0.03"), currency


def test_intraday_rates_move_by_the_hour_and_repeat(ecb: Ecb) -> None:
    day = date(2024, 1, 8)
    assert ecb.intraday(day, 9) == Ecb().intraday(day, 9) != ecb.intraday(day, 10)
    assert ecb.intraday(day, 9).keys() == ecb.rates(date(2024, 1, 5)).keys()
