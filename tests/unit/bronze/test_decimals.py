"""A number becomes the decimal that its text says, or none."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.values.cast import try_cast

WRAP = 2**128
sizes = st.integers(1, 38).flatmap(lambda digits: st.tuples(st.just(digits), st.integers(0, digits)))
scales = st.integers(0, 38)
figures = st.text("0123456789", max_size=80)
wrapping = st.builds(
    lambda times, rest, scale: f"{Decimal(times * WRAP + rest).scaleb(-scale):f}",
    st.integers(1, 10**6),
    st.integers(0, 10**6),
    scales,
)
texts = st.one_of(
    st.builds("{}{}.{}".format, st.sampled_from(["", "-", "+"]), figures, figures),
    st.builds("{}{}e{}".format, st.sampled_from(["", "-"]), figures, st.integers(-400, 400)),
    wrapping,
    st.sampled_from(["", "-", ".", "e5", "1e", "1e+", " 1", "1_0", "٣", "nan", "inf", "0x1", "1,5", "0e9999"]),
)


def exactly(text: str, target: pa.Decimal128Type) -> Decimal | None:
    """Python's Decimal of the text, where the column can hold it."""
    try:
        value = Decimal(text) if text.isascii() and not {"_", " "} & set(text) else Decimal("nan")
    except ArithmeticError:
        return None
    if not value.is_finite():
        return None
    units = Fraction(value) * 10**target.scale
    return value if units.denominator == 1 and abs(units) < 10**target.precision else None


def held(values: pa.Array, target: pa.DataType) -> list[Decimal | None]:
    array, bad = try_cast(values, target)
    marked = [False] * len(values) if bad is None else bad.to_pylist()
    assert marked == [value is None for value in array.to_pylist()]
    return array.to_pylist()


@settings(deadline=None)
@given(st.lists(texts, min_size=1, max_size=5), sizes)
def test_a_text_is_what_it_says(values: list[str], size: tuple[int, int]) -> None:
    target = pa.decimal128(*size)
    assert held(pa.array(values), target) == [exactly(text, target) for text in values]


whole = st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-100, 100))


@settings(deadline=None)
@given(st.lists(whole, min_size=1, max_size=5), sizes)
def test_an_integer_is_itself(values: list[int], size: tuple[int, int]) -> None:
    target = pa.decimal128(*size)
    assert held(pa.array(values, pa.int64()), target) == [exactly(str(value), target) for value in values]


@pytest.mark.parametrize(("of", "kind"), [(pa.float64(), np.float64), (pa.float32(), np.float32)])
@settings(deadline=None)
@given(
    st.lists(
        st.one_of(st.floats(), st.floats(width=32), st.decimals(-(10**6), 10**6, places=2).map(float)),
        min_size=1,
        max_size=5,
    ),
    sizes,
)
def test_a_float_is_its_shortest_text(of, kind, values: list[float], size: tuple[int, int]) -> None:
    target = pa.decimal128(*size)
    with np.errstate(over="ignore"):
        numbers = np.array(values, kind)
    shortest = [str(number) for number in numbers]
    assert held(pa.array(numbers, of), target) == [exactly(text, target) for text in shortest]


@pytest.mark.parametrize(("make", "most"), [(pa.decimal128, 38), (pa.decimal256, 76)])
@settings(deadline=None)
@given(st.integers(-WRAP * 10**30, WRAP * 10**30), scales, sizes)
def test_a_decimal_stays_the_same_number(make, most, units: int, scale: int, size: tuple[int, int]) -> None:
    value, target = Decimal((units < 0, tuple(map(int, str(abs(units))[:most])), -scale)), pa.decimal128(*size)
    assert held(pa.array([value], make(most, scale)), target) == [exactly(f"{value:f}", target)]


@pytest.mark.parametrize(
    ("value", "of", "target"),
    [
        ("18446744073709551616000", pa.string(), pa.decimal128(38, 18)),
        ("340282366920938463463.374607431768211456", pa.string(), pa.decimal128(38, 18)),
        (Decimal("18446744073709551616000"), pa.decimal128(38, 0), pa.decimal128(38, 18)),
        (Decimal("4439.7975"), pa.decimal128(10, 4), pa.decimal128(38, 36)),
        (Decimal(2**251), pa.decimal256(76, 0), pa.decimal128(38, 38)),
        ("1e-77", pa.string(), pa.decimal128(38, 18)),
        ("5e-2147483647", pa.string(), pa.decimal128(38, 18)),
        (2**63 - 1, pa.int64(), pa.decimal128(38, 37)),
        (1e22, pa.float64(), pa.decimal128(38, 18)),
        ("1e400", pa.string(), pa.float64()),
    ],
)
def test_no_number_becomes_another(value, of, target) -> None:
    assert held(pa.array([value], of), target) == [None]


@pytest.mark.parametrize(
    ("value", "of", "target", "number"),
    [
        (9.8, pa.float32(), pa.decimal128(9, 2), Decimal("9.80")),
        ("4.0", pa.string(), pa.int64(), 4),
        ("1e3", pa.string(), pa.int64(), 1000),
        ("1E+3", pa.string(), pa.int64(), 1000),
        ("0e99", pa.string(), pa.decimal128(9, 2), Decimal("0.00")),
        ("Infinity", pa.string(), pa.float64(), float("inf")),
    ],
)
def test_another_spelling_is_the_same_number(value, of, target, number) -> None:
    array, bad = try_cast(pa.array([value], of), target)
    assert (array.to_pylist(), bad) == ([number], None)


@pytest.mark.parametrize("text", ["4.5", "1e-1", "1e19", "4.0.0", "four"])
def test_what_is_not_whole_is_no_bigint(text: str) -> None:
    assert held(pa.array([text]), pa.int64()) == [None]
