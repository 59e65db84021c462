"""How many rows each warning of dirt.yml must be about, from the rows that silver holds.

Dirt is not the only cause: a line may also warn because its order is in quarantine, or comes a day late.
"""

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from devstack.generator.demo import Demo
from devstack.generator.dirt import LABEL, Dirt, catalogue
from devstack.generator.landing import MODELS, silver

PARENTS = {
    "orphan_customer": ("snowflake", "customers"),
    "orphan_product": ("snowflake", "products"),
    "orphan_order": ("snowflake", "orders"),
    "orphan_account": ("salesforce", "Account"),
    "orphan_user": ("postgres", "users"),
}
"""A kind of orphan -> the table in which its parent is missing."""
REFERENCES = {("salesforce", "Account"): "Customer_Id__c", ("salesforce", "Contact"): "AccountId"}
"""The column that names the parent, where it isn't called like the parent's key."""


def warned(demo: Demo) -> dict[str, int]:
    """The dbt test's name -> the rows it must warn of."""
    held = {table: silver(table, rows) for table, rows in demo.tables.items()}
    return {rule: _rows(dirt, held) for dirt in catalogue() if (rule := dirt.rule("warn"))}


def _rows(dirt: Dirt, held: dict[tuple[str, str], pa.Table]) -> int:
    source, _, table = dirt.table.partition(".")
    rows = held[source, table]
    if dirt.kind in PARENTS:
        parent = PARENTS[dirt.kind]
        [key] = MODELS[parent].key
        named = rows[REFERENCES.get((source, table), key)]
        known = pc.is_in(named, value_set=held[parent][key].combine_chunks())
        return int(pc.sum(pc.and_(pc.is_valid(named), pc.invert(known))).as_py() or 0)
    if dirt.kind == "total_mismatch":
        return _off(rows, held["snowflake", "order_items"])
    return int(pc.sum(pc.equal(rows[LABEL], dirt.kind)).as_py() or 0)


def _off(orders: pa.Table, lines: pa.Table) -> int:
    """Orders whose total is off the sum of their lines by more than a cent."""
    with duckdb.connect() as connection:
        connection.register("orders", orders)
        connection.register("lines", lines)
        [(count,)] = connection.execute(
            """
            with sums as (
                select order_id, sum(quantity * unit_price - discount_amount) as amount from lines group by order_id
            )
            select count(*) from orders join sums using (order_id) where abs(total_amount - amount) > 0.01
            """
        ).fetchall()
        return int(count)
