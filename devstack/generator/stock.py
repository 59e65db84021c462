"""What orders move in the warehouses: what each event of Kafka's inventory_updates is about."""

import numpy as np

from devstack.generator.ledger import returned_lines
from devstack.generator.orders import LINES, ORDERS, PIECES, POPULARITY, Orders
from devstack.generator.products import WAREHOUSES
from devstack.generator.timeline import DAYS, HOUR, NEVER, Array, Columns, Timeline

_SUPPLY, _TOO_LITTLE = 75, 30
"""For how many days of usual sales a warehouse is filled when a product arrives; for less in one place of forty."""


def order_movements(orders: Orders) -> Columns:
    """Pieces that leave a warehouse with an order, negative, and those that come back; `NEVER` for those that don't."""
    lines, order = orders.lines, orders.lines["order"]
    back = np.where(returned_lines(orders), orders.heads["returned"][order], NEVER)
    return {
        "product": np.tile(lines["product"], 2),
        "warehouse": np.tile(order, 2) % len(WAREHOUSES),
        "quantity": np.concatenate([-lines["quantity"], lines["quantity"]]),
        "at": np.concatenate([orders.heads["shipped"][order], np.where(back < NEVER, back + HOUR // 4, NEVER)]),
    }


def place(rows: Columns) -> Array:
    """Each row's product and warehouse as one number, ascending by product."""
    places: Array = rows["product"] * len(WAREHOUSES) + rows["warehouse"]
    return places


def first_stock(line: Timeline, products: Columns) -> Array:
    """How many pieces of each product lie in each warehouse when it arrives, by `place`."""
    number = np.arange(len(products["created"]) * len(WAREHOUSES))
    product, there = number // len(WAREHOUSES), line.born_before(products["created"])[0]
    share = ((product + 1) / there) ** (1 / POPULARITY) - (product / there) ** (1 / POPULARITY)
    daily = ORDERS * line.scale * LINES * PIECES * share / DAYS / len(WAREHOUSES)
    days = np.where(number % 40 == 11, _TOO_LITTLE, _SUPPLY)
    pieces: Array = np.rint(days * (daily + 0.2)).astype(np.int64) + number * 37 % 30 * (number % 40 != 11)
    return pieces
