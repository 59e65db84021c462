"""The types of bronze, by their Spark names, and what a driver's Arrow type becomes in it.

Text, bigint, double, decimal, date, timestamp (UTC, microseconds), boolean and binary; nothing else. Digits of an
instant finer than microseconds are cut, as no engine here keeps them, and reported (rule `lost_precision`).
"""

import re

import pyarrow as pa
import pyarrow.types as kind

from ingestion.columns import INSTANT

SIMPLE_TYPES = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "int": pa.int64(),
    "double": pa.float64(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": INSTANT,
    "binary": pa.binary(),
}
_DECIMAL = re.compile(r"decimal\(([1-9][0-9]?),([0-9]{1,2})\)")
_SPARK = {arrow: spark for spark, arrow in SIMPLE_TYPES.items() if spark not in ("int", "float")}


def arrow_type(spark: str) -> pa.DataType:
    """The Arrow type of a Spark type such as `decimal(18,2)`; raises ValueError for one that bronze never holds."""
    text = spark.replace(" ", "").lower()
    if (sizes := _DECIMAL.fullmatch(text)) and int(sizes[2]) <= int(sizes[1]) <= 38:
        return pa.decimal128(int(sizes[1]), int(sizes[2]))
    if text not in SIMPLE_TYPES:
        raise ValueError(f"type {spark!r} is not one of {', '.join(SIMPLE_TYPES)}, decimal(p,s) with s <= p <= 38")
    return SIMPLE_TYPES[text]


def to_spark(of: pa.DataType) -> str:
    """The Spark name of a bronze type, for messages and catalogues (Hive's are the same)."""
    if pa.types.is_decimal(of):
        return f"decimal({of.precision},{of.scale})"
    return _SPARK.get(of, str(of))


def bronze_type(of: pa.DataType) -> pa.DataType | None:
    """The bronze type of an Arrow type, or None where it says nothing (a column of nothing but NULL)."""
    if kind.is_null(of):
        return None
    if isinstance(of, pa.BaseExtensionType):
        return bronze_type(of.storage_type)
    if kind.is_dictionary(of) or kind.is_run_end_encoded(of):
        return bronze_type(of.value_type)
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
