"""Days and instants out of the texts that PostgreSQL and Redshift print (DateStyle ISO, zone UTC), of any year.

What lies beyond the years 1 to 9999 becomes the number that PostgreSQL's own driver brings
(`ingestion/values/far_instants.py` prints it back): infinity is the largest of its type, and instants from the year
294247 on are less 2^64.
"""

import re
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.instants import EPOCH
from ingestion.spec import SourceError
from ingestion.values.far_instants import CYCLE_DAYS, CYCLE_YEARS, DAY_US

_NEAR = r"^[0-9]{4}-[^B]*$"
_FAR = re.compile(
    r"(?P<year>\d{4,})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?: (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?(?:\+00)?)?(?P<era> BC)?"
)


def parse(texts: pa.ChunkedArray, of: pa.DataType) -> pa.ChunkedArray:
    """The texts as days (date32) or instants in microseconds; raises SourceError for what is none."""
    texts = texts.cast(pa.string())
    near = pc.fill_null(pc.match_substring_regex(texts, _NEAR), True)
    if pc.all(near).as_py() is not False:
        return texts.cast(of)
    far = [text and _number(text, of) for text in pc.if_else(near, None, texts).to_pylist()]
    bits = pa.int32() if pa.types.is_date32(of) else pa.int64()
    others = pc.if_else(near, texts, None).cast(of).combine_chunks()
    return pa.chunked_array([pc.if_else(near.combine_chunks(), others, pa.array(far, bits).view(of))])


def _number(text: str, of: pa.DataType) -> int:
    """A day or an instant beyond the calendar: days or microseconds since 1970."""
    bits = 32 if pa.types.is_date32(of) else 64
    largest = (1 << (bits - 1)) - 1
    if text in ("infinity", "-infinity"):
        return largest if text == "infinity" else -largest - 1
    found = _FAR.fullmatch(text)
    if found is None:
        raise SourceError(f"{text!r:.100} is no {of}: expected DateStyle ISO in UTC, which the session sets")
    year = 1 - int(found["year"]) if found["era"] else int(found["year"])
    days = _days(year, int(found["month"]), int(found["day"]))
    if bits == 32:
        return days
    seconds = int(found["hour"] or 0) * 3600 + int(found["minute"] or 0) * 60 + int(found["second"] or 0)
    us = days * DAY_US + seconds * 1_000_000 + int((found["fraction"] or "").ljust(6, "0"))
    return us if us < 2**63 else us - 2**64


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970; the year before 1 is 0."""
    cycles, rest = divmod(year - 2000, CYCLE_YEARS)
    return (date(2000 + rest, month, day) - EPOCH.date()).days + cycles * CYCLE_DAYS
