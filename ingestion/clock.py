"""The clock that says which rows are of the past: the source's own.

By a machine's clock that runs a year ahead, a row stamped next year would be of the past, the watermark would move
behind it, and everything that comes until then would be skipped. So readers ask their source what time it is, in the
statement that asks for the largest cursor, or take the Date header of the answer. LAKEHOUSE_NOW and the demo's clock
replace both clocks; nothing is compared then.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from ingestion.instants import from_us, length_us, to_us
from ingestion.settings import Settings
from ingestion.spec import SourceError, Table

log = structlog.get_logger()


class ClockDiffers(SourceError):
    """The machine's clock and the source's differ by more than is allowed: both of them, and what to do."""


@dataclass(frozen=True)
class Moment:
    """A source's clock as one table's windows use it, in microseconds since 1970."""

    now_us: int
    lag_us: int

    @property
    def end_us(self) -> int:
        """Windows end before it at the latest."""
        return self.now_us - self.lag_us

    @property
    def beyond_us(self) -> int:
        """A cursor from here on lies beyond the clock. In between are rows that the next loads bring: clocks of
        applications may be ahead by the lag."""
        return self.now_us + self.lag_us


@dataclass(frozen=True)
class Clock:
    """The clock by which one table of a source is loaded. Made before the source is asked."""

    source: str
    fixed_us: int | None = None
    """LAKEHOUSE_NOW or the demo's clock; None: the source's clock counts."""
    most: timedelta = timedelta(hours=1)
    """The largest difference allowed between the source's clock and the machine's."""
    made: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def of(cls, source: str, settings: Settings) -> "Clock":
        """The clock of the settings in force."""
        fixed = settings.fixed_now()
        most = timedelta(seconds=settings.clock_skew_s)
        return cls(source, None if fixed is None else to_us(fixed), most)

    def moment(self, table: Table, told_us: int | None) -> Moment:
        """Now, from what the source reported (None: it reported nothing, so the machine's clock counts).

        Warns where the clocks differ by more than the table's lag, and raises ClockDiffers beyond the setting.
        """
        if self.fixed_us is None and told_us is not None:
            self._compare(table, told_us)
        now_us = next(us for us in (self.fixed_us, told_us, to_us(datetime.now(UTC))) if us is not None)
        return Moment(now_us, length_us(table.lag))

    def _compare(self, table: Table, told_us: int) -> None:
        """An answer that took long is no difference: the source's clock may be anywhere between question and answer."""
        told, answered = from_us(told_us), datetime.now(UTC)
        apart = max(self.made - told, told - answered, timedelta(0))
        if apart > self.most:
            raise ClockDiffers(
                f"{self.source} {table.name}: the source's clock says {_spelled(told)}, this machine's "
                f"{_spelled(answered)}: expected at most {self.most} between them, and nothing was loaded. Set the "
                "wrong clock right (`timedatectl` shows this machine's), or allow more with LAKEHOUSE_CLOCK_SKEW_S"
            )
        if apart > table.lag:
            log.warning(
                "clock.differs",
                source=self.source,
                table=table.name,
                source_clock=_spelled(told),
                machine_clock=_spelled(answered),
                lag=str(table.lag),
            )


def _spelled(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
