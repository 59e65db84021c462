"""Snowflake's connector cuts instants to microseconds; their text comes beside them where that loses digits."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from structlog.testing import capture_logs

from ingestion.protocols.sql.windows import SqlReader
from ingestion.sources.snowflake import Snowflake, SnowflakeSettings
from ingestion.spec import Rejected, Slice, Table

STAMPS = Table("STAMPS", key=("ID",), cursor="AT")
SETTINGS = SnowflakeSettings("account", "user", "SHOP")
FINE = "2026-10-01 00:00:01.123456789"
CUT = pa.array(["9999-12-31 00:00:00", "2026-10-01 00:00:01.123456", None], pa.string()).cast(pa.timestamp("us"))
ANSWER = {"ID": ["far", "fine", "none"], "AT": CUT, "UNTIL": CUT}
TYPES = (("ID", "TEXT"), ("AT", "TIMESTAMP_NTZ"), ("UNTIL", "TIMESTAMP_TZ"))


@dataclass(frozen=True)
class Answering(Snowflake):
    """The driver, with a connector that answers a window as the real one does."""

    answers: tuple[pa.Table, ...] = ()
    asked: list[str] = field(default_factory=list)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [("PUBLIC", "STAMPS", name, of, None, None, "YES") for name, of in TYPES]

    def batches(self, sql: str) -> Iterator[pa.Table]:
        self.asked.append(sql)
        yield from self.answers


def read(table: Table, digits: list[str | None]) -> list[pa.Table | Rejected]:
    texts = pa.array(digits, pa.string())
    came = pa.Table.from_arrays([*map(pa.array, ANSWER.values()), texts, texts], names=list("abcde"))
    reader = SqlReader(Answering(None, SETTINGS, (came,)))
    return list(reader.read(table, [Slice("", None, 0)]))


def test_lost_digits_are_reported_and_every_instant_lands_with_its_microseconds() -> None:
    with capture_logs() as logs:
        [batch] = read(STAMPS, [None, FINE, None])
    far, fine = (datetime(9999, 12, 31, tzinfo=UTC), datetime(2026, 10, 1, 0, 0, 1, 123456, UTC))
    assert [(row["AT"], row["UNTIL"]) for row in batch.to_pylist()] == [(far, far), (fine, fine), (None, None)]
    told = [(log["rule"], log["table"], log["column"], log["rows"], log["first"]) for log in logs]
    assert told == [("lost_precision", "STAMPS", name, 1, FINE) for name in ("AT", "UNTIL")]


def test_a_stricter_severity_rejects_the_row_as_it_came_and_a_text_keeps_its_digits() -> None:
    parts = read(replace(STAMPS, severities={"lost_precision": "quarantine"}), [None, FINE, None])
    assert [part.num_rows for part in parts if isinstance(part, pa.Table)] == [2]
    assert [(one.rule, FINE.encode() in one.payload) for one in parts if isinstance(one, Rejected)] == [
        ("lost_precision", True)
    ]
    [batch] = read(replace(STAMPS, columns={"UNTIL": "string"}), [None, FINE, None])
    assert batch.column("UNTIL").to_pylist() == ["9999-12-31 00:00:00.000000", FINE, None]


def test_nothing_is_reported_where_nothing_is_lost() -> None:
    with capture_logs() as logs:
        [batch] = read(replace(STAMPS, severities={"lost_precision": "error"}), [None, None, None])
    assert (logs, batch.num_rows) == ([], 3)


def test_the_text_of_every_kind_of_instant_is_asked_for_with_all_its_digits() -> None:
    driver = Answering(None, SETTINGS)
    assert driver.digits("date", "d") == ""
    for kind, text in (("ntz", "to_varchar(t, "), ("ltz", "convert_timezone('UTC', t)"), ("tz", "|| 'Z'")):
        assert text in driver.digits(f"timestamp_{kind}", "t")
        assert f"case when t <> t::timestamp_{kind}(6) then" in driver.digits(f"timestamp_{kind}", "t")
