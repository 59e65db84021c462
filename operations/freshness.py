"""The watermark of each bronze table, from the `txn` actions of its own Delta log."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from ingestion.bronze import names
from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.slices.counters import counts
from ingestion.instants import from_us
from ingestion.settings import Settings
from ingestion.source import Source
from ingestion.sources import load_sources
from ingestion.spec import Table
from ingestion.values.naming import snake


@dataclass(frozen=True)
class Freshness:
    """One bronze table; all None where it was never loaded."""

    table: str
    """`<source>__<table>`."""
    watermark: datetime | int | None
    """The end of the last window, exclusive: an instant, or a number where the cursor counts; None too for tables whose
    objects or offsets are remembered one by one."""
    loaded_at: datetime | None
    """When the last load that brought something was; loads that found nothing leave no trace."""
    age_seconds: float | None
    """From the watermark, or else (it is a number, or there is none) the last load, to now."""


def freshness(settings: Settings) -> list[Freshness]:
    """Every table that a source names, in order."""
    wanted = [(source, table) for source in load_sources().values() for table in source.tables]
    now = settings.now()
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(lambda pair: of_table(pair[0], pair[1], settings, now), wanted))


def of_table(source: Source, table: Table, settings: Settings, now: datetime) -> Freshness:
    """One table, from one look at its log."""
    name = names.table_name(source, table)
    bronze = Bronze(f"{settings.bronze}/{name}", app=f"{source.name}.{snake(table.name)}")
    end = bronze.committed() if table.kind == "window" else None
    watermark = None if end is None else end if counts(table, bronze) else from_us(end)
    loaded_at = from_us(bronze.last_load_ms * 1000) if bronze.last_load_ms else None
    last = watermark if isinstance(watermark, datetime) else loaded_at
    return Freshness(name, watermark, loaded_at, (now - last).total_seconds() if last else None)
