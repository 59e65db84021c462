"""Visits of the web shop: who comes, looks around, and sometimes buys; drawn day by day."""

import numpy as np

from devstack.generator.orders import Orders
from devstack.generator.timeline import DAY, SECOND, Array, Columns, Timeline, concatenate, microseconds, moments

EVENTS = 100_000
CHANNELS = ("organic", "paid_search", "email", "social", "direct", "referral")
DEVICES = ("desktop", "mobile", "tablet")
_BUYING = 0.06
"""The share of visits that end in one of the day's orders."""


def draw_visits(line: Timeline, customers: Columns, products: Columns, orders: Orders) -> tuple[Columns, Columns]:
    """Every visit born up to `as_of`, and its events (`visit` is the position in visits)."""
    visits, events, born = [], [], 0
    buyers, goods = line.born_before(customers["created"]), line.born_before(products["created"])
    sold = np.searchsorted(orders.heads["created"], [microseconds(day) for day in line.dates] + [line.end])
    for position, count in enumerate(line.births(max(1, EVENTS * line.scale))):
        rng, day = line.stream("visits", line.dates[position]), line.dates[position]
        lengths = 1 + np.minimum(rng.geometric(0.27, count), 12)
        lengths = lengths[: int(np.searchsorted(np.cumsum(lengths), count)) + 1] if count else lengths
        visit = _visits(rng, moments(rng, len(lengths), day), lengths, customers, buyers[position])
        _let_buy(rng, visit, orders, int(sold[position]), int(sold[position + 1]))
        event = _events(rng, visit, goods[position])
        event["visit"] += born
        visits.append(visit)
        events.append({name: column[:count] for name, column in event.items()})
        born += len(lengths)
    return concatenate(visits), concatenate(events)


def _visits(rng: np.random.Generator, started: Array, lengths: Array, customers: Columns, buyers: int) -> Columns:
    count = len(started)
    customer = (buyers * rng.random(count) ** 1.6).astype(np.int64)
    known = (rng.random(count) < 0.65) & (customers["left"][customer] > started)
    return {
        "started": started,
        "length": lengths,
        "customer": np.where(known, customer, -1),
        "order": np.full(count, -1),
        "gap": rng.integers(8 * SECOND, 90 * SECOND, count),
        "channel": rng.choice(len(CHANNELS), count, p=(0.34, 0.2, 0.14, 0.12, 0.14, 0.06)),
        "device": rng.choice(len(DEVICES), count, p=(0.42, 0.5, 0.08)),
    }


def _let_buy(rng: np.random.Generator, visit: Columns, orders: Orders, low: int, high: int) -> None:
    """Let some visits of at least four events end at the instant of an order, in its customer's name."""
    able = np.flatnonzero(visit["length"] >= 4)
    count = min(round(len(visit["length"]) * _BUYING), len(able), high - low)
    which = np.sort(rng.permutation(able)[:count])
    order = low + np.sort(rng.permutation(high - low)[:count])
    created = orders.heads["created"][order]
    spent = (visit["length"][which] - 1) * visit["gap"][which]
    visit["order"][which] = order
    visit["customer"][which] = orders.heads["customer"][order]
    visit["started"][which] = np.maximum(created - spent, created // DAY * DAY)


def _events(rng: np.random.Generator, visit: Columns, goods: int) -> Columns:
    """The visits' events: a page first, then looking around; a buyer's last two are checkout and purchase."""
    lengths = visit["length"]
    of = np.repeat(np.arange(len(lengths)), lengths)
    step = np.arange(len(of)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    name = rng.choice(5, len(of), p=(0.34, 0.38, 0.13, 0.12, 0.03))
    name[step == 0] = 0
    buying, left = visit["order"][of] >= 0, lengths[of] - step
    name[buying & (left == 3)], name[buying & (left == 2)], name[buying & (left == 1)] = 3, 4, 5
    return {
        "visit": of,
        "name": name,
        "at": visit["started"][of] + step * visit["gap"][of] + rng.integers(0, 999, len(of)) * 1000,
        "product": (goods * rng.random(len(of)) ** 1.8).astype(np.int64),
        "chance": rng.integers(0, 1000, len(of)),
    }
