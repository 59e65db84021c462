"""Opportunities, in Salesforce: they walk through the stages until they are won or lost."""

from datetime import timedelta

import numpy as np
import pyarrow as pa

from devstack.generator import people
from devstack.generator.columns import dates, instants, join, money, pick
from devstack.generator.crm import record_ids, seconds
from devstack.generator.customers import total
from devstack.generator.dirt import marks, soil
from devstack.generator.places import PLACES
from devstack.generator.timeline import (
    DAY,
    HOUR,
    NEVER,
    Array,
    Columns,
    Timeline,
    after,
    busy,
    changes,
    concatenate,
    latest,
    maybe,
    moments,
)  # fmt: skip

STAGES = (
    ("Prospecting", 10), ("Qualification", 10), ("Needs Analysis", 20), ("Value Proposition", 50),
    ("Id. Decision Makers", 60), ("Perception Analysis", 70), ("Proposal/Price Quote", 75), ("Negotiation/Review", 90),
    ("Closed Won", 100), ("Closed Lost", 0),
)  # fmt: skip
"""Salesforce's standard stages and their probabilities, per cent."""
_STEPS = 8
_WON, _LOST = 8, 9
_SUBJECTS = ("Renewal", "Expansion", "New Business", "Pilot", "Framework Contract")


def draw_opportunities(line: Timeline, accounts: Columns) -> Columns:
    """Every opportunity born up to `as_of`, the oldest two months older than the history."""
    before = round(total(line) * 0.15)
    rng = line.stream("opportunities", line.dates[0] - timedelta(days=1))
    born = line.start - DAY - np.sort((rng.random(before) * 60 * DAY).astype(np.int64))[::-1]
    there = line.born_before(accounts["created"])
    chunks = [_draw(rng, busy(born), accounts, there[0])]
    for day, count, known in zip(line.dates, line.births(total(line) * 0.3), there, strict=True):
        rng = line.stream("opportunities", day)
        chunks.append(_draw(rng, moments(rng, count, day), accounts, known))
    return concatenate(chunks)


def _draw(rng: np.random.Generator, created: Array, accounts: Columns, known: int) -> Columns:
    count = len(created)
    account = (known * rng.random(count)).astype(np.int64)
    created = seconds(np.maximum(created, accounts["created"][account] + HOUR))
    steps = after(created[:, None], changes(rng, count, _STEPS, 6))
    losing = rng.random((count, _STEPS)) < 0.1
    last = np.where(losing.any(axis=1), losing.argmax(axis=1), _STEPS - 1)
    large = np.where(accounts["segment"][account] == 2, 6, 1)
    return {
        "created": created,
        "account": account,
        "steps": seconds(np.where(np.arange(_STEPS) <= last[:, None], steps, steps[np.arange(count), last][:, None])),
        "lost": np.asarray(losing.any(axis=1)),
        "amount": np.rint(np.exp(rng.normal(8.6, 0.8, count)) / 50).astype(np.int64) * 5_000 * large,
        "planned": created + rng.integers(30, 120, count) * DAY,
        "subject": rng.integers(0, len(_SUBJECTS), count),
        "deleted": seconds(after(created, maybe(rng, count, 0.01, 5, 60))),
    }


def opportunity_table(line: Timeline, opportunities: Columns, accounts: Columns) -> pa.Table:
    """salesforce.Opportunity, with `_dirt`."""
    account, number = opportunities["account"], np.arange(len(opportunities["account"]))
    found = marks("salesforce", "Opportunity", number)
    closed_at = opportunities["steps"][:, -1]
    closed = closed_at < line.end
    stage = np.minimum((opportunities["steps"] < line.end).sum(axis=1), _STEPS - 1)
    stage = np.where(closed, np.where(opportunities["lost"], _LOST, _WON), stage)
    place = accounts["place"][account]
    per_usd = np.array([p.per_usd for p in PLACES])[place]
    name = join(people.company_names({name: column[account] for name, column in accounts.items()}), " - ")
    night = (opportunities["created"] // (7 * DAY) + 1) * 7 * DAY + 2 * HOUR
    touched = np.where(found.of("cursor_tie"), night, NEVER)
    happened = (opportunities["created"], opportunities["deleted"], touched)
    table = pa.table(
        {
            "Id": record_ids("Opportunity", number),
            "AccountId": record_ids("Account", account),
            "Name": join(name, pick(_SUBJECTS, opportunities["subject"])),
            "StageName": pick([name for name, _ in STAGES], stage),
            "Amount": money(np.rint(opportunities["amount"] * per_usd / 5_000).astype(np.int64) * 5_000),
            "CurrencyIsoCode": people.currencies(place),
            "Probability": money(np.array([share for _, share in STAGES])[stage] * 100).cast(pa.decimal128(5, 2)),
            "CloseDate": dates(np.where(closed, closed_at, opportunities["planned"])),
            "IsClosed": pa.array(closed),
            "IsWon": pa.array(closed & ~opportunities["lost"]),
            "CreatedDate": instants(opportunities["created"], "UTC"),
            "SystemModstamp": instants(latest(line.end, *happened, *opportunities["steps"].T), "UTC"),
            "IsDeleted": pa.array(opportunities["deleted"] < line.end),
        }
    )
    return soil(table, found, {})
