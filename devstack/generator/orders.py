"""What customers order: drawn day by day, an order's whole life together with its birth."""

from dataclasses import dataclass

import numpy as np

from devstack.generator.places import PLACES
from devstack.generator.products import price_at
from devstack.generator.timeline import NEVER, Array, Columns, Timeline, after, concatenate, maybe, moments

ORDERS = 20_000
PAYMENT_METHODS = ("card", "paypal", "invoice", "bank_transfer")
STATUSES = ("pending", "shipped", "completed", "returned", "canceled")
_MORE_LINES = 2.0
"""Lines beside an order's first one, on average."""
LINES = 1 + _MORE_LINES
_ONE_PIECE = 0.7
"""The share of lines with one piece; of the others it is the share with two, and so on."""
PIECES = 1 / _ONE_PIECE
"""Of a line, on average."""
POPULARITY = 1.8
"""How much more the first products sell than the last."""
_DISCOUNTS = (0, 0, 0, 0, 0, 0, 5, 10, 15, 20)
"""Per cent; six lines of ten have none."""
_PER_USD = np.array([place.per_usd for place in PLACES])


@dataclass(frozen=True)
class Orders:
    """Every order born up to `as_of` and its lines, as numbers; money in hundredths of the order's currency."""

    heads: Columns
    lines: Columns
    """`order` is the position in heads, `line` counts from 1; in the order of heads."""

    def totals(self, quantities: Array) -> Array:
        """The orders' totals if their lines have these quantities."""
        amounts = quantities * self.lines["price"] - self.lines["discount"]
        starts = np.searchsorted(self.lines["order"], np.arange(len(self.heads["created"])))
        sums: Array = np.add.reduceat(amounts, starts)
        return sums

    def quantities(self, end: int) -> Array:
        """The lines' quantities at an instant: an amended order has one more of its first line."""
        amended = (self.heads["amended"] < end)[self.lines["order"]] & (self.lines["line"] == 1)
        quantities: Array = self.lines["quantity"] + amended
        return quantities

    def status(self, end: int) -> Array:
        """Each order's status at an instant, an index into STATUSES."""
        status = np.zeros(len(self.heads["created"]), dtype=np.int64)
        for code, column in enumerate(("shipped", "completed", "returned", "canceled"), start=1):
            status[self.heads[column] < end] = code
        return status


def draw_orders(line: Timeline, customers: Columns, products: Columns) -> Orders:
    """Every order born up to `as_of`; later days never change what is drawn for earlier ones."""
    buyers, goods = line.born_before(customers["created"]), line.born_before(products["created"])
    heads, lines, born = [], [], 0
    births = line.births(max(1, ORDERS * line.scale))
    for position, count in enumerate(births):
        rng = line.stream("orders", line.dates[position])
        head = _head(rng, moments(rng, count, line.dates[position]), customers, buyers[position])
        body = _lines(rng, head, customers, products, goods[position])
        body["order"] += born
        heads.append(head)
        lines.append(body)
        born += count
    all_heads = concatenate(heads)
    all_heads["deleted"] = line.farewells(all_heads["deleted"], max(1, sum(births[: line.days])))
    return Orders(all_heads, concatenate(lines))


def _head(rng: np.random.Generator, created: Array, customers: Columns, buyers: int) -> Columns:
    """Orders with the instants of what will happen to them; early customers buy most."""
    count = len(created)
    tries = (buyers * rng.random((3, count)) ** 1.6).astype(np.int64)
    fate = rng.random(count)
    shipped = np.where(fate >= 0.05, after(created, maybe(rng, count, 1, 0.25, 2.5)), NEVER)
    completed = after(shipped, maybe(rng, count, 1, 1, 5))
    returned = after(completed, maybe(rng, count, 1, 2, 15))
    return {
        "created": created,
        "customer": tries[np.argmax(customers["left"][tries] > created, axis=0), np.arange(count)],
        "payment": rng.choice(len(PAYMENT_METHODS), count, p=(0.55, 0.25, 0.12, 0.08)),
        "canceled": np.where(fate < 0.04, after(created, maybe(rng, count, 1, 0.02, 0.8)), NEVER),
        "shipped": shipped,
        "completed": completed,
        "returned": np.where(fate >= 0.94, returned, NEVER),
        "amended": np.where(fate >= 0.05, after(created, maybe(rng, count, 0.015, 0.03, 0.2)), NEVER),
        "deleted": after(created, maybe(rng, count, 0.001, 3, 30)),
        "chance": rng.integers(0, 10_000, count),
    }


def _lines(rng: np.random.Generator, head: Columns, customers: Columns, products: Columns, goods: int) -> Columns:
    """The lines of these orders, priced in the customers' currencies at the orders' instants."""
    counts = np.minimum(1 + rng.poisson(_MORE_LINES, len(head["created"])), 9)
    order = np.repeat(np.arange(len(counts)), counts)
    product = (goods * rng.random(len(order)) ** POPULARITY).astype(np.int64)
    per_usd = _PER_USD[customers["place"][head["customer"][order]]]
    dollars = price_at(products, product, head["created"][order])
    price = np.where(per_usd > 50, np.rint(dollars * per_usd / 1000) * 1000, np.rint(dollars * per_usd / 100) * 100 - 1)
    quantity = np.minimum(rng.geometric(_ONE_PIECE, len(order)), 6)
    discount = np.rint(quantity * price * np.array(_DISCOUNTS)[rng.integers(0, len(_DISCOUNTS), len(order))] / 100)
    return {
        "order": order,
        "line": np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts) + 1,
        "product": product,
        "quantity": quantity,
        "price": price.astype(np.int64),
        "discount": np.where(per_usd > 50, discount // 100 * 100, discount).astype(np.int64),
        "back": rng.random(len(order)) < 0.5,
    }
