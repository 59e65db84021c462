"""What the tracker wrote (Redshift's customer_events), and the sessions of known users (PostgreSQL)."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from devstack.generator import people
from devstack.generator.columns import ids, instants, join, only, pick, swap, text
from devstack.generator.dirt import Marks, marks, same, soil, without
from devstack.generator.orders import Orders
from devstack.generator.places import ODD_TEXTS
from devstack.generator.products import product_ids, skus
from devstack.generator.sales import late, visible
from devstack.generator.timeline import DAY, SECOND, Array, Columns, Timeline, day_of
from devstack.generator.web import CHANNELS, DEVICES

NAMES = ("page_view", "product_view", "search", "add_to_cart", "checkout", "purchase")
_TERMS = ("headphones", "blanket", "tent", "gift", "kettle", "yoga mat", "lamp", "sale", "coat", "puzzle")
_SHOP = "https://shop.example"
_LARGE = json.dumps({"note": "1 MB of text. " * (1_048_576 // 14)})


def customer_events_table(
    line: Timeline, visits: Columns, events: Columns, orders: Orders, customers: Columns
) -> pa.Table:
    """redshift.customer_events, with `_dirt`. Late events show up one or two days after they happened."""
    number, visit = np.arange(len(events["visit"])), events["visit"]
    found = marks("redshift", "customer_events", number)
    shown = (day_of(events["at"]) + np.where(found.of("late"), 1 + number % 2, 0)) * DAY < line.end
    table = pa.table(
        {
            "event_id": ids("E", number, 10),
            "customer_id": only(visits["customer"][visit] >= 0, ids("C", visits["customer"][visit], 7)),
            "session_id": ids("S", visit, 9),
            "event_name": pick(NAMES, events["name"]),
            "channel": pick(CHANNELS, visits["channel"][visit]),
            "page_url": page_urls(events),
            "device_type": pick(DEVICES, visits["device"][visit]),
            "event_ts": instants(events["at"]),
            "properties": _properties(events, visits["order"][visit], orders, customers, found),
        }
    )
    added = {"exact_copy": same, "null_key": without("event_id")}
    return soil(table.filter(pa.array(shown)), found.take(shown), added)


def _by_name(names: Array, parts: list[pa.Array]) -> pa.Array:
    """One column out of a part for each event name, made of that name's rows in their order."""
    order = np.argsort(names, kind="stable")
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return pa.concat_arrays(parts).take(pa.array(back))


def page_urls(events: Columns) -> pa.Array:
    """The page of each event, by its kind."""
    rows = [np.flatnonzero(events["name"] == name) for name in range(len(NAMES))]
    words = pc.replace_substring(pick(_TERMS, events["chance"][rows[2]] % len(_TERMS)), " ", "+")
    parts = [
        pick([f"{_SHOP}/", f"{_SHOP}/sale", f"{_SHOP}/new"], events["chance"][rows[0]] % 3),
        join(f"{_SHOP}/p/", skus(events["product"][rows[1]])),
        join(f"{_SHOP}/search?q=", words),
        pa.repeat(f"{_SHOP}/cart", len(rows[3])),
        pa.repeat(f"{_SHOP}/checkout", len(rows[4])),
        pa.repeat(f"{_SHOP}/thank-you", len(rows[5])),
    ]
    return _by_name(events["name"], parts)


def _properties(events: Columns, order: Array, orders: Orders, customers: Columns, found: Marks) -> pa.Array:
    """The events' details as JSON text."""
    rows = [np.flatnonzero(events["name"] == name) for name in range(len(NAMES))]
    chance, product, bought = events["chance"], product_ids(events["product"]), order[rows[5]]
    terms = pick(_TERMS, chance[rows[2]] % len(_TERMS))
    parts = [
        join('{"referrer": "', pick(("search", "newsletter", "partner", "none"), chance[rows[0]] % 4), '"}'),
        join('{"product_id": "', product.take(rows[1]), '", "position": ', text(chance[rows[1]] % 24 + 1), "}"),
        join('{"search_term": "', terms, '", "results": ', text(chance[rows[2]]), "}"),
        join('{"product_id": "', product.take(rows[3]), '", "quantity": ', text(chance[rows[3]] % 3 + 1), "}"),
        join('{"step": "', pick(("address", "payment"), chance[rows[4]] % 2), '"}'),
        _purchases(bought, orders, customers),
    ]
    column = _by_name(events["name"], parts)
    odd = [json.dumps({"search_term": word, "results": 0}, ensure_ascii=False) for word in ODD_TEXTS]
    column = swap(column, found.of("odd_text"), pick(odd, chance % len(odd)))
    return pc.replace_with_mask(column, pa.array(found.of("large_text")), pa.scalar(_LARGE))


def _purchases(order: Array, orders: Orders, customers: Columns) -> pa.Array:
    hundredths = orders.totals(orders.quantities(0))[order]
    value = join(text(hundredths // 100), ".", pc.utf8_lpad(text(hundredths % 100), 2, "0"))
    currency = people.currencies(customers["place"][orders.heads["customer"][order]])
    return join('{"order_id": "', ids("O", order, 9), '", "value": ', value, ', "currency": "', currency, '"}')


def user_sessions_table(line: Timeline, visits: Columns, users: Columns, buyers: int) -> pa.Table:
    """postgres.user_sessions, with `_dirt`: the visits of customers who are users. One of 200 never ended."""
    user_of = np.full(buyers, -1)
    members = users["customer"] >= 0
    user_of[users["customer"][members]] = users["number"][members]
    rows = np.flatnonzero(visits["customer"] >= 0)
    rows = rows[user_of[visits["customer"][rows]] >= 0]
    visit = {name: column[rows] for name, column in visits.items()}
    found = marks("postgres", "user_sessions", np.arange(len(rows)))
    ended = visit["started"] + (visit["length"] - 1) * visit["gap"] + 5 * SECOND
    known_end = rows % 200 != 0
    updated = late(np.where(known_end, ended, visit["started"]), found.of("late"))
    address = join("203.0.113.", text(rows % 250 + 1))
    table = pa.table(
        {
            "session_id": ids("S", rows, 9),
            "user_id": ids("U", user_of[visit["customer"]], 7),
            "started_at": instants(visit["started"], "UTC"),
            "ended_at": only(known_end, instants(ended, "UTC")),
            "device_type": pick(DEVICES, visit["device"]),
            "ip_address": swap(address, rows % 5 == 0, join("2001:db8::", text(rows % 9998 + 1))),
            "updated_at": instants(updated, "UTC"),
        }
    )
    shown = visible(line, updated, found.of("late"))
    return soil(
        table.filter(pa.array(shown)), found.take(shown), {"exact_copy": same, "null_key": without("session_id")}
    )
