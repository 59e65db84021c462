"""People: who they are, how they change, and how their names, addresses and numbers are written."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from devstack.generator.columns import join, pick, swap, text
from devstack.generator.dirt import Marks
from devstack.generator.places import BAD_EMAILS, NAMES, ODD_TEXTS, PLACES, SEGMENTS, TRADES
from devstack.generator.timeline import Array, Columns, Timeline, after, changes, maybe

_CHANGES = 8
_MAILBOXES = ("alex", "sam", "kim", "robin", "jo", "chris", "nik", "toni", "lou", "sasha")
_DOMAINS = ("example.com", "example.org", "example.net")


def draw(rng: np.random.Generator, count: int) -> Columns:
    """People as numbers: codes of what they are, and spans until what will happen to them."""
    return {
        "place": rng.choice(len(PLACES), count, p=[place.share for place in PLACES]),
        "first": rng.integers(0, NAMES, count),
        "last": rng.integers(0, NAMES, count),
        "trade": rng.integers(0, len(TRADES), count),
        "segment": rng.choice(len(SEGMENTS), count, p=(0.7, 0.2, 0.1)),
        "phone": rng.integers(10**8, 10**9, count),
        "spans": changes(rng, count, _CHANGES, 100),
        "what": rng.integers(0, 3, (count, _CHANGES)),
        "leaving": maybe(rng, count, 0.15, 20, 1500),
        "has_user": rng.random(count) < 0.8,
        "has_account": rng.random(count) < 0.85,
        "chance": rng.random(count),
    }


def live(line: Timeline, people: Columns) -> Columns:
    """Turn the spans into instants, `changed` and `left`; those of old people begin with the history."""
    seen = np.maximum(people["created"], line.start)
    people["changed"] = after(seen[:, None], people.pop("spans"))
    people["left"] = after(seen, people.pop("leaving"))
    return people


def versions(line: Timeline, people: Columns) -> list[Array]:
    """How often each of three attributes has changed by the end of the timeline."""
    happened = people["changed"] < np.minimum(line.end, people["left"])[:, None]
    return [(happened & (people["what"] == kind)).sum(axis=1) for kind in range(3)]


def last_change(people: Columns) -> list[Array]:
    """The instants of all changes of people who had not left by then, and of leaving."""
    alive = np.where(people["changed"] < people["left"][:, None], people["changed"], 0)
    return [people["left"], *alive.T]


def names(people: Columns) -> tuple[pa.Array, pa.Array]:
    """First and last names."""
    position = people["place"] * NAMES
    first = pick([name for place in PLACES for name in place.first_names], position + people["first"])
    return first, pick([name for place in PLACES for name in place.last_names], position + people["last"])


def company_names(people: Columns) -> pa.Array:
    """What the people's companies are called."""
    _, last = names(people)
    return join(last, " ", pick(TRADES, people["trade"]), " ", pick([p.legal_form for p in PLACES], people["place"]))


def odd_texts(column: pa.Array, found: Marks) -> pa.Array:
    """The column, with odd texts where dirt says so."""
    odd = np.flatnonzero(found.of("odd_text"))
    codes = np.zeros(len(column), dtype=np.int64)
    codes[odd] = np.arange(len(odd)) % len(ODD_TEXTS)
    return swap(column, found.of("odd_text"), pick(ODD_TEXTS, codes))


def emails(people: Columns, number: Array, version: Array) -> pa.Array:
    """Addresses in reserved domains: the number keeps them unique, a change moves them to another domain."""
    domain = pick(_DOMAINS, (people["last"] + version) % len(_DOMAINS))
    return join(pick(_MAILBOXES, people["first"]), ".", text(number), "@", domain)


def spelled_emails(column: pa.Array, where: Array) -> pa.Array:
    """The addresses in capitals and with blanks around them."""
    return swap(column, where, join("  ", pc.utf8_upper(column), " "))


def bad_emails(column: pa.Array, number: Array, where: Array) -> pa.Array:
    """No addresses at all."""
    return swap(column, where, pick(BAD_EMAILS, number // 7 % len(BAD_EMAILS)))


def phones(people: Columns, version: Array) -> pa.Array:
    """Six of ten with blanks, three as E.164, one in the form people dial at home."""
    number = (people["phone"] + 7919 * version) % 10**9
    code = pick([place.dialling for place in PLACES], people["place"])
    head, tail = text(number // 10**6), pc.utf8_lpad(text(number % 10**6), 6, "0")
    form = people["phone"] % 10
    column = swap(join("+", code, " ", head, " ", tail), (form >= 6) & (form < 9), join("+", code, head, tail))
    return swap(column, form == 9, join("0", head, "-", tail))


def countries(people: Columns, spelled: Array, *, by_name: bool = False) -> pa.Array:
    """ISO codes (or English names), and other spellings where `spelled`."""
    usual = [place.name if by_name else place.code for place in PLACES]
    spellings = [place.spellings[i % len(place.spellings)] for place in PLACES for i in range(10)]
    column = pick(spellings, people["place"] * 10 + people["phone"] % 10)
    return swap(pick(usual, people["place"]), spelled, column)


def currencies(place: Array) -> pa.Array:
    """What people pay with."""
    return pick([place.currency for place in PLACES], place)
