"""Bounds of windows, exact to the microsecond (or the second, where a source has no finer ones)."""

from datetime import date, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.columns import INSTANT
from ingestion.instants import from_us, to_us
from ingestion.protocols.sql.declared_table import Column, Shape
from ingestion.protocols.sql.declared_types import decimal_type
from ingestion.protocols.sql.literals import literal, quoted, text
from ingestion.sources import load_sources
from ingestion.sources.fx_rates import day_at_or_after, years
from ingestion.sources.salesforce import literal as soql_literal
from ingestion.spec import Slice, SourceError, Table

INSTANTS = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999)


@given(INSTANTS)
def test_an_instant_survives_the_way_through_microseconds(us: int) -> None:
    assert to_us(from_us(us)) == us
    assert to_us(from_us(us).replace(tzinfo=None)) == us


@given(INSTANTS)
def test_a_literal_names_its_microsecond(us: int) -> None:
    written = literal(us).removeprefix("timestamp '").removesuffix("'")
    assert len(written) == len("0001-01-01 00:00:00.000000")
    assert to_us(datetime.fromisoformat(written)) == us


@given(st.integers(0, 2**51))
def test_a_whole_second_is_never_split(us: int) -> None:
    second = to_us(datetime.fromisoformat(soql_literal(us)))
    assert second % 1_000_000 == 0
    assert 0 <= second - us < 1_000_000


@given(st.integers(0, 2**51))
def test_a_day_is_in_a_window_if_its_first_moment_is(us: int) -> None:
    day = to_us(day_at_or_after(us))
    assert day % 86_400_000_000 == 0
    assert 0 <= day - us < 86_400_000_000


def test_years_cover_a_period_without_a_gap() -> None:
    assert list(years(date(2023, 12, 31), date(2025, 1, 1))) == [
        (date(2023, 12, 31), date(2023, 12, 31)),
        (date(2024, 1, 1), date(2024, 12, 31)),
        (date(2025, 1, 1), date(2025, 1, 1)),
    ]
    assert not list(years(date(2024, 1, 2), date(2024, 1, 1)))


def shape(nullable: bool = False, kind: pa.DataType = INSTANT) -> Shape:
    column = Column("At", kind, nullable, '"At"')
    return Shape(Table("t", key=("id",), cursor="at"), '"s"."t"', (column,))


def test_a_window_includes_its_low_bound_and_excludes_its_high_bound() -> None:
    low, high = "timestamp '1970-01-01 00:00:00.000001'", "timestamp '1970-01-01 00:00:01.000000'"
    assert shape().where(Slice("", 1, 1_000_000)) == f'"At" >= {low} and "At" < {high}'
    assert shape().where(Slice("", None, 1_000_000)) == f'"At" < {high}'


def test_rows_without_a_cursor_belong_to_every_window() -> None:
    assert shape(nullable=True).where(Slice("", 0, 1)).endswith(') or "At" is null')


def test_a_number_that_grows_is_a_cursor_too() -> None:
    assert shape(kind=pa.int64()).where(Slice("", 5, 7)) == '"At" >= 5 and "At" < 7'


@pytest.mark.parametrize(
    ("kind", "name"),
    [(pa.string(), "string"), (pa.float64(), "double"), (pa.decimal128(12, 2), r"decimal\(12,2\)")],
)
def test_a_cursor_that_orders_nothing_is_refused(kind: pa.DataType, name: str) -> None:
    with pytest.raises(SourceError, match=f"the cursor 'at' is a {name}; expected a timestamp, date or integer"):
        shape(kind=kind).where(Slice("", 0, 1))


@given(st.text())
def test_names_and_texts_never_leave_their_quotes(name: str) -> None:
    assert quoted(name)[1:-1].replace('""', "") == name.replace('"', "")
    assert text(name)[1:-1].replace("' || chr(92) || '", "\\").replace("''", "'") == name
    assert "\\" not in text(name)


@pytest.mark.parametrize(
    ("declared", "digits", "scale", "expected"),
    [
        ("numeric", 18, 2, pa.decimal128(18, 2)),
        ("numeric", None, None, pa.string()),
        ("numeric", 60, 2, pa.string()),
        ("number", 18, 0, pa.int64()),
        ("number", 19, 0, pa.decimal128(19, 0)),
        ("uuid", None, None, None),
    ],
)
def test_a_decimal_has_its_declared_size_or_is_text(declared, digits, scale, expected) -> None:
    assert decimal_type(declared, digits, scale) == expected


def test_every_source_ships_the_tables_of_the_data_model() -> None:
    shipped = {
        (source.name, table.name): (table.key, table.cursor)
        for source in load_sources().values()
        for table in source.tables
    }
    assert shipped == {
        ("snowflake", "customers"): (("customer_id",), "updated_at"),
        ("snowflake", "orders"): (("order_id",), "updated_at"),
        ("snowflake", "order_items"): (("order_id", "line_number"), "updated_at"),
        ("snowflake", "products"): (("product_id",), "updated_at"),
        ("snowflake", "financial_transactions"): (("transaction_id",), "posted_at"),
        ("redshift", "customer_events"): (("event_id",), "event_ts"),
        ("salesforce", "Account"): (("Id",), "SystemModstamp"),
        ("salesforce", "Contact"): (("Id",), "SystemModstamp"),
        ("salesforce", "Opportunity"): (("Id",), "SystemModstamp"),
        ("fx_rates", "rates_daily"): (("base", "ccy", "rate_date"), "rate_date"),
        ("fx_rates", "rates_hourly"): (("base", "ccy", "fetched_hour"), "fetched_hour"),
        ("vendor_files", "price_list"): (("_file", "_file_row"), None),
        ("vendor_files", "shipments"): (("_file", "_file_row"), None),
        ("vendor_files", "returns"): (("_file", "_file_row"), None),
        **{
            ("kafka", topic): (("_topic", "_partition", "_offset"), None)
            for topic in ("user_events", "order_events", "inventory_updates", "system_metrics")
        },
        ("cdc", "payments"): (("payment_id",), None),
        ("postgres", "users"): (("user_id",), "updated_at"),
        ("postgres", "subscriptions"): (("subscription_id",), "updated_at"),
        ("postgres", "product_inventory"): (("product_id", "warehouse_id"), "updated_at"),
        ("postgres", "user_sessions"): (("session_id",), "updated_at"),
    }
