"""Types that `information_schema` declares, as Arrow's. What Arrow has no type for arrives as text."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.columns import INSTANT

TYPES = {
    **dict.fromkeys(("smallint", "integer", "bigint"), pa.int64()),
    **dict.fromkeys(("real", "double precision", "float"), pa.float64()),
    **dict.fromkeys(("text", "character varying", "character", "varchar", "char"), pa.string()),
    **dict.fromkeys(("timestamp without time zone", "timestamp with time zone"), INSTANT),
    **dict.fromkeys(("timestamp_ntz", "timestamp_ltz", "timestamp_tz"), INSTANT),
    **dict.fromkeys(("bytea", "binary", "binary varying"), pa.binary()),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
"""`data_type` of information_schema, lower case -> Arrow. Decimals are added by precision; the rest is text."""
PRINTED = {
    "timestamp without time zone": pa.timestamp("us"),
    "timestamp with time zone": INSTANT,
    "date": pa.date32(),
}
"""Types whose values travel as text where a driver would change those beyond its calendar."""
WHOLE_DIGITS = 18
"""Of a decimal that a bigint can hold, whatever its digits."""
NO_NUMBER = 2**63 - 1
"""The value of a decimal that travels as a whole number where it is NaN: more than 18 digits can say."""


def decimal_type(data_type: str, digits: Any, scale: Any) -> pa.DataType | None:
    """A decimal of the declared size. Without a size, beyond 38 digits, or with a scale that isn't among them (negative
    ones are told as 2046 and the like), only text holds every value.

    Snowflake's whole numbers are NUMBER(p,0): up to 18 digits they are integers here.
    """
    if data_type not in ("numeric", "number", "decimal"):
        return None
    if digits is None or int(digits) > 38 or int(scale) > int(digits):
        return pa.string()
    if data_type == "number" and int(scale) == 0 and int(digits) <= WHOLE_DIGITS:
        return pa.int64()
    return pa.decimal128(int(digits), int(scale))


def unscaled(values: pa.ChunkedArray, of: pa.Decimal128Type) -> pa.ChunkedArray:
    """Whole numbers of last digits as the decimals that they stand for; as text where one of them is NO_NUMBER."""
    if pc.max(values).as_py() == NO_NUMBER:
        none = pc.fill_null(pc.equal(values, NO_NUMBER), False)
        return pc.if_else(none, "nan", unscaled(pc.if_else(none, None, values), of).cast(pa.string()))
    short = pa.decimal64(WHOLE_DIGITS, of.scale)
    return pa.chunked_array([chunk.view(short).cast(of) for chunk in values.chunks], of)
