"""Instants as whole numbers since 1970 (UTC), and back: microseconds (`_us`) for cursors, milliseconds (`_ms`)."""

from datetime import UTC, date, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_us(us: int) -> datetime:
    """Microseconds since 1970 as an instant, UTC."""
    return EPOCH + timedelta(microseconds=us)


def from_ms(ms: int) -> datetime:
    """Milliseconds since 1970 as an instant, UTC."""
    return EPOCH + timedelta(milliseconds=ms)


def to_us(value: date | int) -> int:
    """Microseconds since 1970 of a timestamp (naive: UTC) or of a date's first moment; a number is itself."""
    if isinstance(value, int):
        return value
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return length_us(moment - EPOCH)


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970 of an instant with a time zone, rounded down."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def length_us(length: timedelta) -> int:
    """Whole microseconds of a length of time."""
    return length // timedelta(microseconds=1)
