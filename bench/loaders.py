"""A source's largest table: read by its driver alone, by its reader alone, and loaded into bronze."""

import shutil
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.bronze.load import load
from ingestion.clock import Clock
from ingestion.protocols.sql.windows import SqlReader
from ingestion.settings import Settings
from ingestion.source import Reader, Source
from ingestion.spec import Rejected, Table

LARGEST = {
    "fx_rates": "rates_daily",
    "postgres": "user_sessions",
    "redshift": "customer_events",
    "salesforce": "Contact",
    "snowflake": "order_items",
    "vendor_files": "price_list",
}
"""Of the demo; a source that isn't named here is measured with its first table."""


@dataclass(frozen=True)
class Pace:
    """Rows a second, medians."""

    table: str
    rows: int
    driver: float | None
    """None where a source has no driver that can be asked for a table."""
    reader: float
    loader: float


def measure_loader(source: Source, settings: Settings, repeat: int) -> Pace:
    """Measure one source; the connection is open before the clock starts. Ends with an empty lake."""
    table = source.table(LARGEST.get(source.name, source.tables[0].name))
    with source.connect() as reader:
        parts = reader.slices(table, Clock.of(source.name, settings))
        copy = Path(settings.root).parent / "copy.parquet"
        direct = _driver(reader, table)
        driver = _pace(lambda: _write(direct(), copy), repeat) if direct else None
        plain = _pace(lambda: _write(reader.read(table, parts), copy), repeat)
        loaded = _pace(lambda: _load(source, reader, table, settings), repeat)
    return Pace(f"{source.name}.{table.name}", loaded[0], driver and driver[1], plain[1], loaded[1])


def _pace(work: Callable[[], int], repeat: int) -> tuple[int, float]:
    """Rows, and rows a second; once for nothing first, so that imports and caches are nobody's."""
    rows = work()
    seconds = []
    for _ in range(repeat):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return rows, rows / statistics.median(seconds)


def _driver(reader: Reader, table: Table) -> Callable[[], Iterator[pa.Table]] | None:
    if not isinstance(reader, SqlReader):
        return None
    name = reader.shape(table).name
    return lambda: reader.driver.batches(f"select * from {name}")  # noqa: S608


def _write(batches: Iterable[pa.Table | Rejected], path: Path) -> int:
    """A direct copy: what comes, as Parquet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows, writer = 0, None
    for batch in batches:
        if isinstance(batch, Rejected) or not batch.num_columns:
            rows += 1
            continue
        if writer is None or writer.schema != batch.schema:
            if writer:
                writer.close()
            writer = pq.ParquetWriter(path, batch.schema)
        writer.write_table(batch)
        rows += batch.num_rows
    if writer:
        writer.close()
    return rows


def _load(source: Source, reader: Reader, table: Table, settings: Settings) -> int:
    shutil.rmtree(settings.root, ignore_errors=True)
    result = load(source, reader, table, settings, "bench")
    shutil.rmtree(settings.root, ignore_errors=True)
    return result.entry.rows_read if result.entry else 0
