"""Customers, in Snowflake."""

import numpy as np
import pyarrow as pa

from devstack.generator import people
from devstack.generator.columns import dates, ids, instants, pick, swap
from devstack.generator.dirt import BORN, first_version, marks, same, soil, with_values, without
from devstack.generator.places import PLACES, SEGMENTS
from devstack.generator.timeline import DAY, HOUR, Array, Columns, Timeline, latest

CUSTOMERS = 2_000


def total(line: Timeline) -> int:
    """How many customers there are on the first day."""
    return max(40, round(CUSTOMERS * line.scale))


def draw_customers(line: Timeline) -> Columns:
    """Every customer born up to `as_of`, as numbers."""
    before = round(total(line) * 0.75)
    customers = people.live(line, line.grow("customers", before, total(line) - before, people.draw))
    customers["number"] = np.arange(len(customers["created"]))
    customers["left"] = line.farewells(customers["left"], before)
    return customers


def customers_table(line: Timeline, customers: Columns) -> pa.Table:
    """snowflake.customers, with `_dirt`."""
    found = marks("snowflake", "customers", customers["number"])
    phone, segment, email = people.versions(line, customers)
    address = people.emails(customers, customers["number"], email)
    address = people.spelled_emails(address, found.of("email_spelling"))
    table = pa.table(
        {
            "customer_id": ids("C", customers["number"], 7),
            "customer_name": people.odd_texts(_names(customers), found),
            "email": people.bad_emails(address, customers["number"], found.of("bad_email")),
            "phone": people.phones(customers, phone),
            "country": people.countries(customers, found.of("country_spelling")),
            "region": pick([place.region for place in PLACES], customers["place"]),
            "segment": pick(SEGMENTS, (customers["segment"] + segment) % len(SEGMENTS)),
            "signup_date": dates(customers["created"]),
            "created_at": instants(customers["created"]),
            "updated_at": instants(_updated(line, customers, found.of("cursor_tie"))),
            "is_deleted": pa.array(customers["left"] < line.end),
            BORN: instants(customers["created"]),
        }
    )
    older = with_values(phone="+1 555 0199", email="old@example.com", segment="consumer", is_deleted=False)
    return soil(
        table,
        found,
        {
            "exact_copy": same,
            "same_key_same_cursor": with_values(phone="+1 555 0100"),
            "same_key_later_cursor": first_version(older),
            "null_key": without("customer_id"),
        },
    )


def _names(customers: Columns) -> pa.Array:
    first, last = people.names(customers)
    joined = pa.compute.binary_join_element_wise(first, last, " ")
    return swap(joined, customers["segment"] > 0, people.company_names(customers))


def _updated(line: Timeline, customers: Columns, tied: Array) -> Array:
    """The last change; a job in the night of every Thursday (day 0 was one) touched the tied ones a week later."""
    night = (customers["created"] // (7 * DAY) + 2) * 7 * DAY + 2 * HOUR
    touched = np.where(tied & (night < customers["left"]), night, 0)
    return latest(line.end, customers["created"], touched, *people.last_change(customers))
