"""Instants as microseconds since 1970 (UTC), the unit of cursors and windows, and back."""

from datetime import UTC, date, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(us: int) -> datetime:
    """Microseconds since 1970 as an instant, UTC."""
    return EPOCH + timedelta(microseconds=us)


def micros(value: date | int) -> int:
    """Microseconds since 1970 of a timestamp (naive: UTC) or of a date's first moment; a number is itself."""
    if isinstance(value, int):
        return value
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return length_us(moment - EPOCH)


def length_us(length: timedelta) -> int:
    """Whole microseconds of a length of time."""
    return length // timedelta(microseconds=1)
