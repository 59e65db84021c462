"""dirt.yml and the generator agree: every kind is there, in its share, and where it lands is known."""

import re
import zlib
from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest

from devstack.generator import Demo, expected, generate
from devstack.generator.dirt import LABEL, catalogue, marks
from devstack.generator.files import zipped
from devstack.generator.landing import MODELS

FIRST = date(2026, 10, 15)
LANDINGS = re.compile(r"bronze|bronze_only|merged|(bronze_quarantine|silver_quarantine|warn):[a-z_]+")


@pytest.fixture(scope="module")
def demo() -> Demo:
    return generate(7, 0.05, FIRST, FIRST)


def test_every_kind_of_dirt_is_in_the_demo(demo: Demo) -> None:
    seen = {(".".join(table), kind) for table, rows in demo.tables.items() for kind in rows[LABEL].to_pylist() if kind}
    # what has no rows, or clean ones, shows in the files
    for key, data in demo.files.items():
        table = f"vendor_files.{key.partition('/')[0]}"
        if data in (b"", zipped(b"")):
            seen.add((table, "empty_file"))
        elif "-resend" in key:
            seen.add((table, "redelivered"))
        elif key.endswith(".csv.gz") and _starts_with_bom(data):
            seen.add((table, "bom"))
    seen |= {("cdc.payments", "redelivered") for file in demo.changes if "-copy" in file.key}
    assert {(dirt.table, dirt.kind) for dirt in catalogue()} - seen == set()


def _starts_with_bom(data: bytes) -> bool:
    return zlib.decompressobj(wbits=31).decompress(data, 3) == b"\xef\xbb\xbf"


def test_every_entry_says_where_its_dirt_lands() -> None:
    tables = {".".join(table) for table in MODELS}
    for dirt in catalogue():
        assert LANDINGS.fullmatch(dirt.lands), dirt
        assert dirt.table in tables, dirt
        assert dirt.about.endswith("."), dirt


@pytest.mark.parametrize("rows", [1_000, 20_000])
def test_dirt_is_counted_not_drawn(rows: int) -> None:
    found = marks("snowflake", "orders", np.arange(rows))
    for dirt in found.kinds:
        assert found.of(dirt.kind).sum() == round(rows * dirt.share), dirt.kind


def test_a_kind_that_the_table_does_not_have_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"dirt\.yml has no colour here"):
        marks("snowflake", "orders", np.arange(10)).of("colour")


def test_expected_accounts_for_every_row_served(demo: Demo) -> None:
    for table, landing in expected(demo).items():
        assert landing.served == demo.tables[table].num_rows == landing.landed + sum(landing.quarantined.values())
        assert landing.silver + sum(landing.silver_quarantined.values()) <= landing.landed


def test_days_loaded_one_by_one_land_more_but_end_in_the_same_silver(demo: Demo) -> None:
    later = generate(7, 0.05, FIRST, FIRST + timedelta(days=1))
    stepwise, at_once = expected(demo, later), expected(later)
    for table, landing in at_once.items():
        assert stepwise[table].silver == landing.silver
        assert stepwise[table].silver_quarantined == landing.silver_quarantined
        assert stepwise[table].landed >= landing.landed
    grown = Counter(table[0] for table in MODELS if stepwise[table].landed > at_once[table].landed)
    assert {"snowflake", "postgres"} <= set(grown)  # rows that changed are there in both versions
