"""How much of each product lies in each warehouse: PostgreSQL's product_inventory.

A count finds what came in less what went out: what lay there first, what vendors delivered, what orders took and
brought back, less what was lost and found to be missing.
"""

import numpy as np
import pyarrow as pa

from devstack.generator.columns import instants, pick
from devstack.generator.dirt import BORN, first_version, marks, soil, with_values, without
from devstack.generator.orders import Orders
from devstack.generator.products import WAREHOUSES, product_ids
from devstack.generator.shipments import draw_shipments
from devstack.generator.stock import first_stock, order_movements, place
from devstack.generator.timeline import SECOND, Array, Columns, Timeline, moments

_COUNTED, _MISSING = 0.3, 0.04
"""Share of the rows that are counted every night, and of these counts that find a piece or two less."""


def inventory_table(line: Timeline, products: Columns, orders: Orders) -> pa.Table:
    """postgres.product_inventory, with `_dirt`."""
    places = len(WAREHOUSES)
    product = np.repeat(products["number"], places)
    warehouse = np.tile(np.arange(places), len(products["number"]))
    created = np.repeat(products["created"], places)
    counted_at, missing, reserved = created.copy(), np.zeros_like(product), np.zeros(len(product))
    for day, there in zip(line.dates, line.born_before(products["created"]), strict=True):
        rng, count = line.stream("product_inventory", day), there * places
        counted = rng.random(count) < _COUNTED
        when = rng.permutation(moments(rng, count, day))
        missing[:count] += counted * (rng.random(count) < _MISSING) * rng.integers(1, 3, count)
        reserved[:count] = np.where(counted, rng.random(count) * 0.2, reserved[:count])
        counted_at[:count] = np.where(counted, when, counted_at[:count])
    on_hand = np.maximum(0, _moved(line, products, orders, counted_at) - missing)
    found = marks("postgres", "product_inventory", np.arange(len(product)))
    table = pa.table(
        {
            "product_id": product_ids(product),
            "warehouse_id": pick(WAREHOUSES, warehouse),
            "quantity_on_hand": pa.array(on_hand, pa.int64()),
            "quantity_reserved": pa.array((on_hand * reserved).astype(np.int64), pa.int64()),
            "reorder_point": pa.array(30 + product * 13 % 50, pa.int64()),
            "updated_at": instants(counted_at, "UTC"),
            BORN: instants(created, "UTC"),
        }
    )
    older = with_values(quantity_on_hand=250, quantity_reserved=0)
    return soil(table, found, {"same_key_later_cursor": first_version(older), "null_key": without("warehouse_id")})


def _moved(line: Timeline, products: Columns, orders: Orders, until: Array) -> Array:
    """What lies in each place at an instant of its own, if nothing is lost; events have whole seconds."""
    shipments, stock = draw_shipments(line, products, orders), first_stock(line, products)
    received = {**shipments, "at": shipments["received"]}
    for moves in (order_movements(orders), received):
        places = place(moves)
        before = moves["at"] // SECOND * SECOND <= until[places]
        np.add.at(stock, places[before], moves["quantity"][before])
    return stock
