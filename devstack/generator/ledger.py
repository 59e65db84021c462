"""What was charged, given back and paid in fees for orders: Snowflake's financial_transactions, append-only."""

import numpy as np
import pyarrow as pa

from devstack.generator import people
from devstack.generator.columns import ids, instants, join, money, pick, swap, text
from devstack.generator.dirt import marks, same, soil, without
from devstack.generator.orders import Orders
from devstack.generator.sales import late, visible
from devstack.generator.timeline import DAY, MINUTE, NEVER, SECOND, Array, Columns, Timeline, after

TYPES = ("charge", "charge", "fee", "refund", "refund", "chargeback")
"""By the last digit of a transaction's id: 0 the order, 1 what an amendment added, 2 the payment provider's fee,
3 a canceled order, 4 returned lines, 5 a disputed order."""
_PROVIDERS = (0, 1)
"""Payment methods that cost a fee: card and paypal."""


def transactions_table(line: Timeline, orders: Orders, customers: Columns) -> pa.Table:
    """snowflake.financial_transactions, with `_dirt`."""
    order, kind, amount, posted = _postings(line, orders)
    found = marks("snowflake", "financial_transactions", np.arange(len(order)))
    posted = late(posted, found.of("late"))
    customer = orders.heads["customer"][order]
    known = ids("O", order, 9)
    table = pa.table(
        {
            "transaction_id": join(ids("T", order, 9), text(kind)),
            "order_id": swap(known, found.of("orphan_order"), join("O9", text(order))),
            "customer_id": ids("C", customer, 7),
            "transaction_type": pick(TYPES, kind),
            "amount": money(amount),
            "currency": people.currencies(customers["place"][customer]),
            "posted_at": instants(posted),
        }
    )
    shown = visible(line, posted, found.of("late"))
    added = {"exact_copy": same, "null_key": without("transaction_id")}
    return soil(table.filter(pa.array(shown)), found.take(shown), added)


def _postings(line: Timeline, orders: Orders) -> tuple[Array, Array, Array, Array]:
    """Order, kind, amount and instant of everything posted by the end, in the order of posting."""
    heads = orders.heads
    first, amended = orders.totals(orders.quantities(0)), orders.totals(orders.quantities(NEVER))
    final = np.where(heads["amended"] < NEVER, amended, first)
    charged = heads["created"] + (1 + heads["chance"] % 10) * MINUTE
    disputed = np.where(heads["chance"] < 20, after(heads["completed"], np.full_like(charged, 9 * DAY)), NEVER)
    fees = np.where(np.isin(heads["payment"], _PROVIDERS), charged + SECOND, NEVER)
    amounts = (first, final - first, first * 25 // 1000, final, _returned(orders), final)
    moments = (
        charged,
        np.where(heads["amended"] < NEVER, heads["amended"] + MINUTE, NEVER),
        fees,
        np.where(heads["canceled"] < NEVER, heads["canceled"] + 5 * MINUTE, NEVER),
        np.where(heads["returned"] < NEVER, heads["returned"] + 20 * MINUTE, NEVER),
        np.where(heads["returned"] < NEVER, NEVER, disputed),
    )
    posted = np.concatenate(moments)
    there = np.flatnonzero(posted < line.end)
    there = there[np.argsort(posted[there], kind="stable")]
    count = len(heads["created"])
    return there % count, there // count, np.concatenate(amounts)[there], posted[there]


def _returned(orders: Orders) -> Array:
    """What a returned order's returned lines are worth."""
    lines, quantities = orders.lines, orders.quantities(NEVER)
    back = returned_lines(orders)
    worth = np.where(back, quantities * lines["price"] - lines["discount"], 0)
    starts = np.searchsorted(lines["order"], np.arange(len(orders.heads["created"])))
    sums: Array = np.add.reduceat(worth, starts)
    return sums


def returned_lines(orders: Orders) -> Array:
    """Which lines come back if their order does: the first, and half of the others."""
    back: Array = orders.lines["back"] | (orders.lines["line"] == 1)
    return back
