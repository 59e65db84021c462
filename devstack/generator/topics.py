"""What the shop's services say to Kafka as it happens: user_events, order_events, inventory_updates, system_metrics.

A topic's log only ever grows: the one of an earlier day is the beginning of each later one, in every partition.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from devstack.generator.columns import Text, ids, instants, join, only, pick, swap, text
from devstack.generator.dirt import LABEL, Marks, marks
from devstack.generator.events import page_urls
from devstack.generator.orders import Orders
from devstack.generator.places import ODD_TEXTS
from devstack.generator.products import WAREHOUSES, product_ids
from devstack.generator.stock import order_movements
from devstack.generator.timeline import HOUR, MINUTE, NEVER, SECOND, Array, Columns, Timeline, microseconds
from devstack.kafka import PARTITIONS

TOPICS = ("user_events", "order_events", "inventory_updates", "system_metrics")
USER_EVENTS = ("page_view", "page_view", "search", "add_to_cart", "checkout", None)
"""By the kind of a visit's event; who buys says so in order_events."""
LOGIN = "login"
ORDER_EVENTS = ("created", "paid", "shipped", "delivered", "canceled", "returned")
CARRIERS = ("DHL", "UPS", "DPD")
SERVICES = ("shop", "checkout", "search", "billing")
METRICS = (("latency", "ms"), ("error_rate", "%"), ("requests", "1/s"))
_OFFLINE = 26 * HOUR
"""How much older than its arrival a late event is."""
_NO_JSON = (b"", b"not json", b'{"event_id": ', b"{'event_id': 'E'}", b'{"event_id": "E"} {}', b'{"value": NaN}')
_NO_OBJECTS = (b'["E"]', b"42", b'"text"', b"null", b"true")
_NO_INSTANTS = ("32.13.2026", "yesterday", "")
_NO_NUMBERS = ('"twelve"', "[1]", "true", '{"n": 1}')
_WRONG: Mapping[str, tuple[str, str | None]] = {
    "no_event_id": ("event_id", None),
    "no_warehouse": ("warehouse_id", None),
    "future_date": ("timestamp", "2099-01-01T00:00:00Z"),
    "orphan_user": ("user_id", "U9999999"),
    "orphan_order": ("order_id", "O999999999"),
    "value_out_of_range": ("value", "1000000000000000"),
}
"""A kind of dirt that can be read: the member, and what it says instead."""


@dataclass(frozen=True)
class Log:
    """A topic's messages in the order in which they came."""

    rows: pa.Table
    """What one reads in them: the columns as text, `_partition`, `_offset`, and `_dirt`."""
    keys: Sequence[str | None]
    values: Sequence[bytes | None]
    milliseconds: Sequence[int]
    """When each came, since 1970."""

    @property
    def places(self) -> list[tuple[int, int]]:
        """Each message's partition and offset."""
        return list(zip(self.rows["_partition"].to_pylist(), self.rows["_offset"].to_pylist(), strict=True))


@dataclass(frozen=True)
class Draft:
    """Events of a topic, in any order: members are text, those in `bare` stand in JSON without quotes."""

    at: Array
    route: Array
    """The number of what an event is about: its partition follows from it."""
    members: Mapping[str, pa.Array]
    key: str | None
    bare: tuple[str, ...] = ()

    def take(self, rows: Array) -> "Draft":
        """These of the events, in this order."""
        taken = {name: column.take(pa.array(rows)) for name, column in self.members.items()}
        return Draft(self.at[rows], self.route[rows], taken, self.key, self.bare)


def topic_logs(line: Timeline, visits: Columns, events: Columns, users: Columns, orders: Orders) -> dict[str, Log]:
    """Every topic's log on the evening of `as_of`."""
    drafts = {
        "user_events": _user_events(visits, events, users),
        "order_events": _order_events(orders),
        "inventory_updates": _inventory_updates(orders),
        "system_metrics": _system_metrics(line),
    }
    return {topic: _log(line, topic, drafts[topic]) for topic in TOPICS}


def _user_events(visits: Columns, events: Columns, users: Columns) -> Draft:
    """What users did in the web shop; a visit of theirs begins with a login."""
    members = users["customer"] >= 0
    user_of = np.full(max(int(visits["customer"].max()), int(users["customer"].max())) + 2, -1)
    user_of[users["customer"][members]] = users["number"][members]  # the last one stands for nobody
    user = user_of[visits["customer"]]
    said = np.flatnonzero((user[events["visit"]] >= 0) & (events["name"] != USER_EVENTS.index(None)))
    came = np.flatnonzero(user >= 0)
    kind = events["name"][said]
    of = np.concatenate([user[came], user[events["visit"][said]]])
    product = only(np.isin(kind, (1, 3)), product_ids(events["product"][said]))
    return Draft(
        at=np.concatenate([visits["started"][came], events["at"][said]]),
        route=of,
        members={
            "user_id": ids("U", of, 7),
            "event_type": pa.concat_arrays([_same(LOGIN, came), pick(USER_EVENTS, kind)]),
            "page_url": pa.concat_arrays([_same("https://shop.example/login", came), page_urls(events).take(said)]),
            "product_id": pa.concat_arrays([pa.nulls(len(came), pa.string()), product]),
        },
        key="user_id",
    )


def _order_events(orders: Orders) -> Draft:
    heads, count = orders.heads, len(orders.heads["created"])
    paid = np.where(heads["canceled"] < NEVER, NEVER, heads["created"] + (1 + heads["chance"] % 10) * MINUTE)
    moments = (heads["created"], paid, *(heads[name] for name in ("shipped", "completed", "canceled", "returned")))
    kind, order = np.repeat(np.arange(len(moments)), count), np.tile(np.arange(count), len(moments))
    total = np.tile(orders.totals(orders.quantities(0)), len(moments))
    amount = join(text(total // 100), ".", pc.utf8_lpad(text(total % 100), 2, "0"))
    carrier = pick(CARRIERS, order % len(CARRIERS))
    shipped = join('{"carrier": "', carrier, '", "parcels": [', text(1 + order % 3), "]}")
    attributes = swap(join('{"total": ', amount, ', "express": false}'), kind == ORDER_EVENTS.index("shipped"), shipped)
    return Draft(
        at=np.concatenate(moments),
        route=order,
        members={
            "order_id": ids("O", order, 9),
            "event_type": pick(ORDER_EVENTS, kind),
            "attributes": only(kind <= ORDER_EVENTS.index("shipped"), attributes),
        },
        key="order_id",
        bare=("attributes",),
    )


def _inventory_updates(orders: Orders) -> Draft:
    """What leaves a warehouse with an order, and what comes back."""
    moves = order_movements(orders)
    return Draft(
        at=moves["at"],
        route=moves["product"],
        members={
            "product_id": product_ids(moves["product"]),
            "warehouse_id": pick(WAREHOUSES, moves["warehouse"]),
            "quantity_delta": text(moves["quantity"]),
            "reason": pick(("sale", "return"), (moves["quantity"] > 0).astype(np.int8)),
        },
        key="product_id",
        bare=("quantity_delta",),
    )


def _system_metrics(line: Timeline) -> Draft:
    """A measurement of each service and metric every hour, less often in small demos; they have no key."""
    hours = np.arange(0, 22, min(11, max(1, round(1 / line.scale)))) * HOUR
    each = len(SERVICES) * len(METRICS)
    kind = np.tile(np.arange(each), len(hours))
    values = [line.stream("system_metrics", day).integers(0, 10**9, len(kind)) for day in line.dates]
    at = np.concatenate([microseconds(day) + np.repeat(hours, each) + kind * SECOND for day in line.dates])
    kind, value = np.tile(kind, len(line.dates)), np.concatenate(values)
    return Draft(
        at=at,
        route=np.arange(len(at)),
        members={
            "service": pick(SERVICES, kind // len(METRICS)),
            "metric": pick([metric for metric, _ in METRICS], kind % len(METRICS)),
            "value": join(text(value // 10**6), ".", pc.utf8_lpad(text(value % 10**6), 6, "0")),
            "unit": pick([unit for _, unit in METRICS], kind % len(METRICS)),
        },
        key=None,
        bare=("value",),
    )


def _same(word: str, like: Array) -> pa.Array:
    return pa.repeat(pa.scalar(word), len(like))


def _log(line: Timeline, topic: str, draft: Draft) -> Log:
    """The events that happened, in order, with their dirt."""
    order = np.argsort(draft.at, kind="stable")
    draft = draft.take(order[draft.at[order] < line.end])
    number = np.arange(len(draft.at))
    found = marks("kafka", topic, number)
    members = {"event_id": ids(f"{topic[:1].upper()}E", number, 9), **draft.members}
    if "odd_text" in _kinds(found):
        name = "page_url"
        odd = join("https://shop.example/search?q=", pick(ODD_TEXTS, number % len(ODD_TEXTS)))
        members[name] = swap(members[name], found.of("odd_text"), odd)
    late = found.of("late") if "late" in _kinds(found) else np.zeros(len(number), bool)
    members["timestamp"] = pc.strftime(instants(draft.at - late * _OFFLINE, "UTC"), "%Y-%m-%dT%H:%M:%SZ")
    for kind, (name, value) in _WRONG.items():
        if kind in _kinds(found):
            mask, other = pa.array(found.of(kind)), pa.scalar(value, pa.string())
            members[name] = pc.replace_with_mask(members[name], mask, other)
    values = _soiled(_json(members, draft.bare), found, topic)
    return _grown(members, values, draft, found)


def _kinds(found: Marks) -> list[str]:
    return [dirt.kind for dirt in found.kinds]


def _json(members: Mapping[str, pa.Array], bare: tuple[str, ...]) -> list[bytes]:
    """The events as JSON objects; a member that is null says so."""
    parts: list[Text] = []
    for name, column in members.items():
        written = column if name in bare else join('"', _escaped(column), '"')
        parts += [f', "{name}": ' if parts else f'{{"{name}": ', pc.fill_null(written, "null")]
    return [value.encode() for value in join(*parts, "}").to_pylist()]


def _escaped(column: pa.Array) -> pa.Array:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        column = pc.replace_substring(column, plain, escaped)
    return column


def _soiled(values: list[bytes], found: Marks, topic: str) -> list[bytes]:
    """The values, where dirt says so with other bytes in them."""
    number = {"inventory_updates": b'"quantity_delta": ', "system_metrics": b'"value": '}.get(topic, b"")
    changes: dict[str, Callable[[bytes, int], bytes]] = {
        "bad_json": lambda value, row: _NO_JSON[row % len(_NO_JSON)],
        "json_not_object": lambda value, row: _NO_OBJECTS[row % len(_NO_OBJECTS)],
        "latin1": lambda value, row: value.replace(b'"event_id": "', b'"event_id": "M\xfcller'),
        "reserved_name": lambda value, row: value[:-1] + b', "_offset": 1}',
        "bad_timestamp": lambda value, row: _with(value, b'"timestamp": ', f'"{_NO_INSTANTS[row % 3]}"'),
        "wrong_type": lambda value, row: _with(value, number, _NO_NUMBERS[row % len(_NO_NUMBERS)]),
    }
    soiled = list(values)
    for kind in changes.keys() & set(_kinds(found)):
        for turn, row in enumerate(np.flatnonzero(found.of(kind)).tolist()):
            soiled[row] = changes[kind](values[row], turn)
    return soiled


def _with(value: bytes, member: bytes, other: str) -> bytes:
    """The object with another value of a member: what follows it up to the next comma or the end."""
    before, _, rest = value.partition(member)
    end = min(at for at in (rest.find(b", "), rest.find(b"}")) if at >= 0)
    return before + member + other.encode() + rest[end:]


def _grown(members: Mapping[str, pa.Array], values: list[bytes], draft: Draft, found: Marks) -> Log:
    """With the messages that dirt adds right behind others, and each one's place."""
    added = [dirt.kind for dirt in found.kinds if dirt.how == "added"]
    adding = np.logical_or.reduce([found.of(kind) for kind in added]) if added else np.zeros(len(values), bool)
    of = np.repeat(np.arange(len(values)), 1 + adding)
    second = np.concatenate([[False], of[1:] == of[:-1]])
    empty = second & (found.of("tombstone")[of] if "tombstone" in added else False)
    labels = swap(found.labels().take(pa.array(of)), second, _added_labels(found, of))
    own = {name: only(~empty, column.take(pa.array(of))) for name, column in members.items()}
    partition = (draft.route % PARTITIONS)[of]
    keys = draft.members[draft.key].take(pa.array(of)).to_pylist() if draft.key else [None] * len(of)
    return Log(
        rows=pa.table({**own, "_partition": partition, "_offset": _offsets(partition), LABEL: labels}),
        keys=keys,
        values=[None if gone else values[row] for row, gone in zip(of.tolist(), empty.tolist(), strict=True)],
        milliseconds=(draft.at[of] // 1000).tolist(),
    )


def _added_labels(found: Marks, of: Array) -> pa.Array:
    names = [dirt.kind if dirt.how == "added" else None for dirt in found.kinds]
    return pa.array([*names, None], pa.string()).take(pa.array(found.codes[of] % (len(names) + 1)))


def _offsets(partition: Array) -> Array:
    """Each message's number in its partition."""
    offsets = np.zeros(len(partition), np.int64)
    for number in range(PARTITIONS):
        inside = partition == number
        offsets[inside] = np.arange(int(inside.sum()))
    return offsets
