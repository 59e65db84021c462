"""Types: what a column is in bronze, whatever a driver calls it.

Text, bigint, double, decimal, date, timestamp (UTC, microseconds), boolean and binary; nothing else. Finer digits of
an instant than microseconds are cut, as no engine here keeps them, and reported (rule `lost_precision`).
"""

import pyarrow as pa
import pyarrow.types as kind

from ingestion.casting import INSTANT


def plain(of: pa.DataType) -> pa.DataType | None:
    """The bronze type of an Arrow type, or None where it says nothing (a column of nothing but NULL)."""
    if kind.is_null(of):
        return None
    if isinstance(of, pa.BaseExtensionType):
        return plain(of.storage_type)
    if kind.is_dictionary(of) or kind.is_run_end_encoded(of):
        return plain(of.value_type)
    if kind.is_decimal(of):
        return _plain_decimal(of)
    for test, result in _PLAIN:
        if test(of):
            return result
    return pa.string()


def _plain_decimal(of: pa.DataType) -> pa.DataType:
    scale = max(of.scale, 0)
    digits = of.precision - min(of.scale, 0)
    return pa.decimal128(min(digits, 38), min(scale, 38))


def _is_binary(of: pa.DataType) -> bool:
    return bool(
        kind.is_binary(of) or kind.is_large_binary(of) or kind.is_fixed_size_binary(of) or kind.is_binary_view(of)
    )


_PLAIN = (
    (kind.is_integer, pa.int64()),
    (kind.is_floating, pa.float64()),
    (kind.is_boolean, pa.bool_()),
    (kind.is_date, pa.date32()),
    (kind.is_timestamp, INSTANT),
    (_is_binary, pa.binary()),
)
