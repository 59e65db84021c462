"""Days and instants of any year come back out of the texts that PostgreSQL and Redshift print."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redshift_connector.utils.type_utils import numeric_in_binary

from ingestion.columns import INSTANT
from ingestion.protocols.sql.printed_instants import parse
from ingestion.sources.redshift import Redshift
from ingestion.spec import SourceError
from ingestion.values.far_instants import texts

NAIVE, DAY = pa.timestamp("us"), pa.date32()
NEAR = ["2026-10-01 08:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", None]
FAR = ["infinity", "-infinity", "10000-01-01 00:00:00", "0044-03-15 12:00:00.5 BC", "294276-12-31 23:59:59.999999"]
SMALLEST, LARGEST = -210_866_803_200_000_000, 9_224_318_015_999_999_999


def printed(numbers: list[int], of: pa.DataType) -> list[str]:
    """Numbers of a type as the servers print them."""
    raw = pa.array([number if number < 2**63 else number - 2**64 for number in numbers], pa.int64())
    held = raw.cast(pa.int32()).view(of) if of == DAY else raw.view(of)
    zone = "+00" if of == INSTANT else ""
    return [str(text).replace("T", " ").replace("Z", zone) for text in texts(held)]


def parsed(values: list[str | None], of: pa.DataType) -> list[int | None]:
    found = parse(pa.chunked_array([pa.array(values, pa.string())]), of).combine_chunks()
    return list(found.view(pa.int32() if of == DAY else pa.int64()).to_pylist())


@settings(max_examples=40)
@given(st.lists(st.integers(SMALLEST, LARGEST), max_size=5), st.sampled_from([NAIVE, INSTANT]))
def test_an_instant_of_any_year_comes_back(numbers: list[int], of: pa.DataType) -> None:
    assert parsed(printed(numbers, of), of) == [number if number < 2**63 else number - 2**64 for number in numbers]


@settings(max_examples=40)
@given(st.lists(st.integers(-2_440_550, 2_145_042_905), max_size=5))
def test_a_day_of_any_year_comes_back(numbers: list[int]) -> None:
    assert parsed(printed(numbers, DAY), DAY) == numbers


def test_what_lies_within_the_calendar_does_not_change_beside_what_lies_beyond() -> None:
    assert parsed([*NEAR, *FAR], NAIVE)[: len(NEAR)] == parsed(NEAR, NAIVE)
    found = [1_790_841_600_000_000, -62_135_596_800_000_000, 253_402_300_799_999_999, None]
    assert parsed(NEAR, NAIVE) == found
    assert parsed(["infinity", "-infinity"], NAIVE) == [2**63 - 1, -(2**63)]
    assert parsed(["infinity", "-infinity", None], DAY) == [2**31 - 1, -(2**31), None]


def test_another_datestyle_is_refused() -> None:
    with pytest.raises(SourceError, match=r"'10/01/2026 08:00:00' is no timestamp\[us\]: expected DateStyle ISO"):
        parsed(["10/01/2026 08:00:00"], NAIVE)


@dataclass
class Cursor:
    """One of Amazon's connector, which unpacks rows while a statement runs."""

    description = (("amount",),)
    answers: list[list[tuple[Any, ...]]] = field(default_factory=list)

    def execute(self, sql: str) -> None:
        if sql.startswith("fetch"):
            packed = (12345678901234567890123456789012345678).to_bytes(16, "big")
            self.answers.append([] if self.answers else [(numeric_in_binary(packed, 0, 16, 10),)])

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.answers[-1]


def test_redshifts_decimals_keep_all_38_digits() -> None:
    """Its connector rounds them to the 28 digits of Python's context."""

    @contextmanager
    def cursor() -> Iterator[Cursor]:
        yield Cursor()

    connection = SimpleNamespace(cursor=cursor, rollback=lambda: None)
    [batch] = Redshift(connection, SimpleNamespace(unload_to="")).batches("select amount from t")
    assert batch.column("amount").to_pylist() == [Decimal("1234567890123456789012345678.9012345678")]
