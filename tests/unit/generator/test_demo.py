"""The demo repeats itself byte by byte, goes on day by day, and is what it says."""

from datetime import date, timedelta
from itertools import pairwise

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from devstack.generator import Demo, generate
from devstack.generator.dirt import LABEL
from devstack.generator.landing import MODELS

FIRST = date(2026, 10, 15)
EVENING = 22 * 60 + 45
"""Minutes after midnight before which everything of a day happened."""


def query(sql: str, **tables: pa.Table) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name, table in tables.items():
            connection.register(name, table)
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def days() -> list[Demo]:
    """The first day and the four after it."""
    return [generate(7, 0.12, FIRST, FIRST + timedelta(days=after), days=40) for after in range(5)]


@pytest.fixture(scope="module")
def demo(days: list[Demo]) -> Demo:
    return days[-1]


def test_the_same_arguments_give_the_same_bytes(days: list[Demo]) -> None:
    again = generate(7, 0.12, FIRST, FIRST, days=40)
    assert again.files == days[0].files
    assert all(again.tables[name].equals(table) for name, table in days[0].tables.items())


def test_another_seed_gives_other_data(days: list[Demo]) -> None:
    other = generate(8, 0.12, FIRST, FIRST, days=40)
    assert all(not other.tables[name].equals(table) for name, table in days[0].tables.items())


@pytest.mark.parametrize("table", [table for table, model in MODELS.items() if model.cursor], ids=".".join)
def test_what_a_day_brings_is_newer_than_what_was_there(days: list[Demo], table: tuple[str, str]) -> None:
    """Nothing changes behind a loader's back: a row that came or changed is newer than all before, or is late."""
    cursor = MODELS[table].cursor
    for before, after in pairwise(demo.tables[table] for demo in days):
        columns = ", ".join(f'"{name}"' for name in before.column_names)
        older = query(
            f"select * from (select {columns} from after except all select {columns} from before)"
            f' where "{cursor}" <= (select max("{cursor}") from before) and {LABEL} is distinct from \'late\'',
            before=before,
            after=after,
        )
        assert older == []


def test_late_events_show_up_within_the_lookback(days: list[Demo]) -> None:
    lags = []
    for before, after in pairwise(demo.tables["redshift", "customer_events"] for demo in days):
        newest = pc.max(before["event_ts"]).as_py()
        known = set(before["event_id"].to_pylist())
        late = after.filter(pc.equal(after[LABEL], "late"))
        came = [row for row in late.select(["event_id", "event_ts"]).to_pylist() if row["event_id"] not in known]
        lags += [newest - row["event_ts"] for row in came if row["event_ts"] < newest]
    assert lags
    assert max(lags) < timedelta(hours=48)


def test_no_file_ever_changes_and_each_day_brings_one_a_second_time(days: list[Demo]) -> None:
    for before, after in pairwise(days):
        assert before.files.items() <= after.files.items()
        new = sorted(after.files.keys() - before.files.keys())
        again = [key for key in new if "-resend" in key]
        assert again
        assert all(after.files[key] == before.files[key.replace("-resend", "")] for key in again)
        assert len(new) == 3 + len(again)


def test_orders_get_a_promo_code_after_the_first_day(days: list[Demo]) -> None:
    assert "promo_code" not in days[0].tables["snowflake", "orders"].column_names
    orders = days[1].tables["snowflake", "orders"]
    [(old, new)] = query(
        "select count(promo_code) filter (created_at <= timestamp '2026-10-15 23:00'), count(promo_code) from orders",
        orders=orders,
    )
    assert (old, new > 0) == (0, True)


def test_a_shorter_history_is_of_the_same_shop_and_its_days_are_as_busy() -> None:
    short, long = (generate(7, 0.5, FIRST, FIRST, days=days).tables for days in (9, 90))
    for table in [("snowflake", "customers"), ("snowflake", "products"), ("postgres", "users")]:
        assert len(short[table]) == pytest.approx(len(long[table]), rel=0.02)
    of_a_week = "select count(*) from orders where created_at >= date '2026-10-09'"
    [[of_short]], [[of_long]] = (query(of_a_week, orders=tables["snowflake", "orders"]) for tables in (short, long))
    assert of_short == pytest.approx(of_long, rel=0.05)
    assert len(short["snowflake", "orders"]) < of_long * 2


def test_each_day_somebody_leaves(days: list[Demo]) -> None:
    gone = [pc.sum(demo.tables["snowflake", "customers"]["is_deleted"]).as_py() for demo in days]
    assert all(later > earlier for earlier, later in pairwise(gone))


def test_nothing_happens_after_the_evening_of_the_last_day(demo: Demo) -> None:
    end = pa.scalar(demo.line.end - (24 * 60 - EVENING) * 60_000_000, pa.int64())
    for (source, name), table in demo.tables.items():
        for field in table.schema:
            if pa.types.is_timestamp(field.type):
                newest = pc.max(table[field.name].cast(pa.int64()))
                assert newest.as_py() < end.as_py(), f"{source}.{name}.{field.name}"


def test_totals_are_the_sum_of_their_lines_but_for_the_dirt(demo: Demo) -> None:
    rows = query(
        f"""
        with sums as (
            select order_id, sum(quantity * unit_price - discount_amount) as total from lines
            where {LABEL} is null or {LABEL} = 'orphan_product' group by order_id
        )
        select count(*), count(*) filter (abs(total_amount - total) > 0.01) from orders join sums using (order_id)
        where orders.{LABEL} is null or orders.{LABEL} in ('cursor_tie', 'late', 'unknown_currency')
        """,
        orders=demo.tables["snowflake", "orders"],
        lines=demo.tables["snowflake", "order_items"],
    )
    [(checked, off)] = rows
    assert (checked > 1000, off) == (True, 0)
    [(dirty, wrong)] = query(
        f"""
        select count(*), count(*) filter (abs(total_amount - total) > 0.01) from orders join (
            select order_id, sum(quantity * unit_price - discount_amount) as total from lines
            where {LABEL} is null or {LABEL} = 'orphan_product' group by order_id
        ) using (order_id) where orders.{LABEL} = 'total_mismatch'
        """,
        orders=demo.tables["snowflake", "orders"],
        lines=demo.tables["snowflake", "order_items"],
    )
    assert dirty == wrong > 0


def test_counts_of_stock_follow_what_was_sold_and_delivered(days: list[Demo]) -> None:
    before, after = days[0], days[-1]
    rows = query(
        f"""
        with counts as (
            select was.product_id, was.warehouse_id, was.updated_at as since, now.updated_at as until,
                now.quantity_on_hand - was.quantity_on_hand as change
            from was join now using (product_id, warehouse_id)
            where now.updated_at > was.updated_at and was.{LABEL} is null and now.{LABEL} is null
        ),
        moves as (
            select product_id, warehouse_id, "timestamp"::timestamptz as moved_at, quantity_delta::int as quantity
            from moves where {LABEL} is null
            union all
            select product_id, warehouse_id, received_at::timestamptz, quantity::int
            from shipments join products using (sku)
            where received_at is not null and shipments.{LABEL} is null and products.{LABEL} is null
        )
        select change - coalesce(sum(quantity), 0) from counts left join moves
            on counts.product_id = moves.product_id and counts.warehouse_id = moves.warehouse_id
            and moved_at > since and moved_at <= until
        group by counts.product_id, counts.warehouse_id, change
        """,
        was=before.tables["postgres", "product_inventory"],
        now=after.tables["postgres", "product_inventory"],
        moves=after.tables["kafka", "inventory_updates"],
        shipments=after.tables["vendor_files", "shipments"],
        products=after.tables["snowflake", "products"],
    )
    missing = [difference for (difference,) in rows]
    assert len(missing) > 50
    assert missing.count(0) > len(missing) * 0.8


CLEAN_REFERENCES = [
    (("snowflake", "orders"), "customer_id", ("snowflake", "customers"), "customer_id"),
    (("snowflake", "order_items"), "product_id", ("snowflake", "products"), "product_id"),
    (("snowflake", "financial_transactions"), "customer_id", ("snowflake", "customers"), "customer_id"),
    (("redshift", "customer_events"), "customer_id", ("snowflake", "customers"), "customer_id"),
    (("salesforce", "Account"), "Customer_Id__c", ("snowflake", "customers"), "customer_id"),
    (("salesforce", "Contact"), "AccountId", ("salesforce", "Account"), "Id"),
    (("salesforce", "Opportunity"), "AccountId", ("salesforce", "Account"), "Id"),
    (("postgres", "users"), "customer_id", ("snowflake", "customers"), "customer_id"),
    (("postgres", "subscriptions"), "user_id", ("postgres", "users"), "user_id"),
    (("postgres", "user_sessions"), "user_id", ("postgres", "users"), "user_id"),
    (("vendor_files", "returns"), "sku", ("snowflake", "products"), "sku"),
]


@pytest.mark.parametrize(("child", "column", "parent", "key"), CLEAN_REFERENCES)
def test_rows_refer_to_rows_that_exist(
    demo: Demo, child: tuple[str, str], column: str, parent: tuple[str, str], key: str
) -> None:
    lost = query(
        f'select "{column}", {LABEL} from child where "{column}" is not null'
        f' and "{column}" not in (select "{key}" from parent where "{key}" is not null)'
        f" and not coalesce({LABEL} like 'orphan_%', false)",
        child=demo.tables[child],
        parent=demo.tables[parent],
    )
    assert lost == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"scale": 0.0}, "scale 0"), ({"days": 0}, "0 days"), ({"seed": -1}, "seed -1")],
)
def test_arguments_that_make_no_demo_are_refused(changes: dict[str, float], said: str) -> None:
    arguments = {"seed": 7, "scale": 0.05, "first": FIRST, "as_of": FIRST, "days": 40} | changes
    with pytest.raises(ValueError, match=said):
        generate(**arguments)  # type: ignore[arg-type]


def test_a_day_before_the_first_is_refused() -> None:
    with pytest.raises(ValueError, match="not before the first"):
        generate(7, 0.05, FIRST, FIRST - timedelta(days=1))
