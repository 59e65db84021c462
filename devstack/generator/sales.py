"""Orders and their lines as Snowflake holds them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from devstack.generator import people
from devstack.generator.columns import days, ids, instants, money, only, pick, swap
from devstack.generator.dirt import BORN, Marks, first_version, marks, same, soil, with_values, without
from devstack.generator.orders import PAYMENT_METHODS, STATUSES, Orders
from devstack.generator.products import product_ids
from devstack.generator.timeline import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Array,
    Columns,
    Timeline,
    day_of,
    latest,
    microseconds,
)

PROMO_CODES = ("WELCOME10", "AUTUMN", "FREESHIP")
_UNKNOWN_CURRENCIES = ("XXX", "BTC", "EURO", "zł", "", None)
_ENDED_CURRENCIES = ("RUB", "HRK")
_FUTURE = (47_117, 2_932_896)
"""2099-01-01 and 9999-12-31, in days since 1970."""
_ANCIENT = (0, -25_567, -645_749, 10_956)
"""1970-01-01, 1900-01-01, 0202-01-01, 1999-12-31."""
_LATE_FROM, _LATE_FOR = 21 * HOUR + 28 * MINUTE, 15 * 60


def late(instants: Array, where: Array) -> Array:
    """The instants, with those of late rows moved to a quarter of an hour from 21:28 of their day on."""
    moved = instants - instants % DAY + _LATE_FROM + instants // SECOND % _LATE_FOR * SECOND
    return np.where(where, moved, instants)


def visible(line: Timeline, instants: Array, where: Array) -> Array:
    """Which rows the source shows: late ones only on the day after theirs."""
    return instants + np.where(where, DAY, 0) < line.end


def orders_table(line: Timeline, orders: Orders, customers: Columns) -> pa.Table:
    """snowflake.orders, with `_dirt`; orders born after the first day may have a promo_code."""
    heads, number = orders.heads, np.arange(len(orders.heads["created"]))
    found = marks("snowflake", "orders", number)
    created = late(heads["created"], found.of("late"))
    total = orders.totals(orders.quantities(line.end)) + found.of("total_mismatch") * (2 + number % 4999)
    columns = {
        "order_id": ids("O", number, 9),
        "customer_id": _customer_ids(heads["customer"], number, found),
        "order_date": days(_order_days(created, number, found)),
        "status": pick(STATUSES, orders.status(line.end)),
        "payment_method": pick(PAYMENT_METHODS, heads["payment"]),
        "currency": _currencies(customers["place"][heads["customer"]], number, found),
        "total_amount": money(np.where(found.of("negative_total"), -total, total)),
        "created_at": instants(created),
        "updated_at": instants(_updated(line, heads, created, found.of("cursor_tie"))),
        "is_deleted": pa.array(heads["deleted"] < line.end),
        BORN: instants(created),
    }
    if line.as_of > line.first:
        promoted = (created >= microseconds(line.first) + DAY) & (heads["chance"] % 10 < 3)
        columns["promo_code"] = only(promoted, pick(PROMO_CODES, heads["chance"] % len(PROMO_CODES)))
    shown = visible(line, created, found.of("late"))
    older = with_values(status="pending", total_amount=1, is_deleted=False)
    return soil(
        pa.table(columns).filter(pa.array(shown)),
        found.take(shown),
        {
            "exact_copy": same,
            "same_key_same_cursor": with_values(payment_method="voucher"),
            "same_key_later_cursor": first_version(older),
            "null_key": without("order_id"),
        },
    )


def _customer_ids(customer: Array, number: Array, found: Marks) -> pa.Array:
    column = swap(ids("C", customer, 7), found.of("orphan_customer"), ids("C9", number, 6))
    return only(~found.of("no_customer_id"), column)


def _order_days(created: Array, number: Array, found: Marks) -> Array:
    future = np.array(_FUTURE)[number // 500 % len(_FUTURE)]
    ancient = np.array(_ANCIENT)[number // 500 % len(_ANCIENT)]
    return np.where(found.of("future_date"), future, np.where(found.of("ancient_date"), ancient, day_of(created)))


def _currencies(place: Array, number: Array, found: Marks) -> pa.Array:
    column = people.currencies(place)
    unknown = pick(_UNKNOWN_CURRENCIES, number // 500 % len(_UNKNOWN_CURRENCIES))
    column = swap(column, found.of("unknown_currency"), unknown)
    return swap(column, found.of("no_rate"), pick(_ENDED_CURRENCIES, number // 500 % len(_ENDED_CURRENCIES)))


def _updated(line: Timeline, heads: Columns, created: Array, tied: Array) -> Array:
    """The last thing that happened; a job at 03:00 touched the tied orders in the night after their birth."""
    touched = np.where(tied, (day_of(created) + 1) * DAY + 3 * HOUR, 0)
    happened = [heads[name] for name in ("canceled", "shipped", "completed", "returned", "amended", "deleted")]
    return latest(line.end, created, touched, *happened)


def order_items_table(line: Timeline, orders: Orders) -> pa.Table:
    """snowflake.order_items, with `_dirt`."""
    heads, lines = orders.heads, orders.lines
    number, order = np.arange(len(lines["order"])), lines["order"]
    found = marks("snowflake", "order_items", number)
    created = heads["created"][order]
    amended = np.where(lines["line"] == 1, heads["amended"][order], 0)
    table = pa.table(
        {
            "order_id": ids("O", order, 9),
            "line_number": pa.array(lines["line"], pa.int64()),
            "product_id": swap(product_ids(lines["product"]), found.of("orphan_product"), ids("P9", number, 8)),
            "quantity": pa.array(orders.quantities(line.end), pa.int64()),
            "unit_price": money(lines["price"]),
            "discount_amount": money(lines["discount"]),
            "updated_at": instants(latest(line.end, created, amended)),
            BORN: instants(created),
        }
    )
    return soil(table, found, _ADDED_LINES)


def _no_orders(rows: pa.Table) -> pa.Table:
    column = pc.replace_substring(rows["order_id"], "O", "O9", max_replacements=1)
    return rows.set_column(rows.schema.get_field_index("order_id"), "order_id", column)


def _not_positive(rows: pa.Table) -> pa.Table:
    quantities = pa.array(-(np.arange(len(rows)) % 3), pa.int64())
    return with_values(line_number=91)(rows).set_column(rows.schema.get_field_index("quantity"), "quantity", quantities)


def _no_keys(rows: pa.Table) -> pa.Table:
    """Without order, without line number, without both, in turn."""
    for name, missing in (("order_id", (0, 2)), ("line_number", (1, 2))):
        kept = ~np.isin(np.arange(len(rows)) % 3, missing)
        column = only(kept, rows[name].combine_chunks())
        rows = rows.set_column(rows.schema.get_field_index(name), name, column)
    return rows


_ADDED_LINES = {
    "orphan_order": _no_orders,
    "quantity_not_positive": _not_positive,
    "no_product": with_values(line_number=92, product_id=None),
    "exact_copy": same,
    "same_key_later_cursor": first_version(with_values(quantity=9)),
    "null_key": _no_keys,
}
