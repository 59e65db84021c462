"""Names and values as SQL that they can't leave: identifiers, texts, instants."""

from ingestion.instants import from_us


def quoted(identifier: str) -> str:
    """An identifier that can't end its quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal. A backslash is spelled out: Redshift and Snowflake take it for an escape, PostgreSQL doesn't."""
    return "'" + value.replace("'", "''").replace("\\", "' || chr(92) || '") + "'"


def literal(us: int) -> str:
    """An instant as a SQL literal; the session is in UTC, so it means the same for every kind of timestamp."""
    return f"timestamp '{from_us(us).replace(tzinfo=None).isoformat(sep=' ', timespec='microseconds')}'"


def shifted(instant_sql: str, us: int) -> str:
    """SQL of an instant, so many microseconds later; whole milliseconds, which every engine's intervals know."""
    ms = us // 1000
    return f"{instant_sql} {'-' if ms < 0 else '+'} interval '{abs(ms)} milliseconds'"
