"""Users of the web shop and their subscriptions, in PostgreSQL. Most users are customers."""

import numpy as np
import pyarrow as pa

from devstack.generator import people
from devstack.generator.columns import dates, ids, instants, join, money, only, pick, swap, text
from devstack.generator.customers import total
from devstack.generator.dirt import BORN, first_version, marks, same, soil, with_values, without
from devstack.generator.places import PLACES
from devstack.generator.timeline import MINUTE, NEVER, Array, Columns, Timeline, after, latest

PLANS = (("basic", 990), ("plus", 1990), ("pro", 4990))
"""Plans and their monthly price in hundredths of a dollar; a year costs ten months."""
_SUBSCRIBING = 0.4


def draw_users(line: Timeline, customers: Columns) -> Columns:
    """The customers who use the web shop, and a twentieth of guests, in the order of birth."""
    guests = people.live(line, line.grow("guests", total(line) // 40, total(line) / 40, people.draw))
    guests["number"] = np.full(len(guests["created"]), -1)
    members = {name: column[customers["has_user"]] for name, column in customers.items()}
    order = np.argsort(np.concatenate([members["created"], guests["created"]]), kind="stable")
    users = {name: np.concatenate([members[name], guests[name]])[order] for name in guests}
    users["customer"] = users.pop("number")
    users["number"] = np.arange(len(order))
    users["changed"] = after(users["changed"], np.full_like(users["changed"], 3 * MINUTE))
    return users


def users_table(line: Timeline, users: Columns) -> pa.Table:
    """postgres.users, with `_dirt`."""
    found = marks("postgres", "users", users["number"])
    phone, address, email = people.versions(line, users)
    first, last = people.names(users)
    emails = people.spelled_emails(people.emails(users, users["number"], email), found.of("email_spelling"))
    city, state, street = _address(users, address)
    customer = swap(ids("C", users["customer"], 7), found.of("orphan_customer"), ids("C9", users["number"], 6))
    table = pa.table(
        {
            "user_id": ids("U", users["number"], 7),
            "customer_id": only((users["customer"] >= 0) | found.of("orphan_customer"), customer),
            "first_name": first,
            "last_name": last,
            "email": people.bad_emails(emails, users["number"], found.of("bad_email")),
            "phone": people.phones(users, phone),
            "address": people.odd_texts(street, found),
            "city": city,
            "state": state,
            "country": people.countries(users, found.of("country_spelling")),
            "registration_date": dates(users["created"]),
            "updated_at": instants(latest(line.end, users["created"], *people.last_change(users)), "UTC"),
            "deleted_at": only(users["left"] < line.end, instants(np.minimum(users["left"], line.end), "UTC")),
            BORN: instants(users["created"], "UTC"),
        }
    )
    older = with_values(phone="+1 555 0199", address="1 Old Road", email="old@example.com", deleted_at=None)
    return soil(
        table,
        found,
        {
            "exact_copy": same,
            "same_key_later_cursor": first_version(with_values(city="Oldtown", state="OT"), older),
            "null_key": without("user_id"),
        },
    )


def _address(users: Columns, version: Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """City, state and street; a move changes all."""
    moved = users["phone"] // 10 + version
    cities = [place.cities[i % len(place.cities)] for place in PLACES for i in range(20)]
    streets = [place.streets[i % len(place.streets)] for place in PLACES for i in range(20)]
    where = users["place"] * 20 + moved % 20
    street = join(text(1 + moved % 180), " ", pick(streets, where))
    return pick([city for city, _ in cities], where), pick([state for _, state in cities], where), street


def subscriptions_table(line: Timeline, users: Columns) -> pa.Table:
    """postgres.subscriptions, with `_dirt`. Two of five users subscribe, some move up a plan, some leave."""
    taken = {name: column[users["chance"] < _SUBSCRIBING] for name, column in users.items()}
    luck = _luck(line, taken)
    begun = luck["started"] < line.end
    taken, luck = ({name: column[begun] for name, column in columns.items()} for columns in (taken, luck))
    found = marks("postgres", "subscriptions", np.flatnonzero(begun))
    ended = luck["canceled"] < line.end
    plan = np.minimum(luck["plan"] + (luck["upgraded"] < np.minimum(line.end, luck["canceled"])), len(PLANS) - 1)
    upgraded = np.where(luck["upgraded"] < luck["canceled"], luck["upgraded"], 0)
    table = pa.table(
        {
            "subscription_id": ids("SB", taken["number"], 7),
            "user_id": swap(ids("U", taken["number"], 7), found.of("orphan_user"), ids("U9", taken["number"], 6)),
            "plan": pick([name for name, _ in PLANS], plan),
            "status": pick(("active", "canceled"), ended.astype(np.int8)),
            "billing_period": pick(("month", "year"), luck["yearly"].astype(np.int8)),
            "amount": money(_prices(plan, luck["yearly"], taken["place"])),
            "currency": people.currencies(taken["place"]),
            "started_at": instants(luck["started"], "UTC"),
            "canceled_at": only(ended, instants(np.minimum(luck["canceled"], line.end), "UTC")),
            "updated_at": instants(latest(line.end, luck["started"], luck["canceled"], upgraded), "UTC"),
        }
    )
    return soil(table, found, {"exact_copy": same, "null_key": without("subscription_id")})


def _luck(line: Timeline, taken: Columns) -> Columns:
    """What becomes of a subscription, out of numbers its user was born with: nothing is drawn a second time."""
    dice = (taken["phone"][:, None] * np.array([7919, 104729, 1299709, 15485863]) % 1_000_003) / 1_000_003
    started = after(taken["created"], (dice[:, 0] * 60 * 86_400e6).astype(np.int64))
    staying = np.where(dice[:, 1] < 0.75, (20 + dice[:, 1] * 1200) * 86_400e6, NEVER).astype(np.int64)
    growing = np.where(dice[:, 2] < 0.3, (10 + dice[:, 2] * 1500) * 86_400e6, NEVER).astype(np.int64)
    canceled = np.minimum(after(started, staying), np.maximum(taken["left"], started + MINUTE))
    return {
        "started": started,
        "canceled": canceled,
        "upgraded": after(started, growing),
        "plan": (dice[:, 3] * 2.4).astype(np.int64),
        "yearly": dice[:, 3] * 10 % 1 < 0.35,
    }


def _prices(plan: Array, yearly: Array, place: Array) -> Array:
    """Hundredths of the local currency: tenths where prices are small, hundreds where they are large."""
    per_usd = np.array([place.per_usd for place in PLACES])[place]
    local = np.array([price for _, price in PLANS])[plan] * np.where(yearly, 10, 1) * per_usd
    step = np.where(per_usd > 50, 10_000, 10)
    prices: Array = np.rint(local / step).astype(np.int64) * step
    return prices
