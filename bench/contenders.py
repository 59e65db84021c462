"""One contender in a process of its own, so that its memory is its own: `python -m bench.contenders NAME FOLDER`.

Prints seconds and peak memory (MB, of the whole process) of the work; what it imports is imported before the clock
starts.
"""

import importlib
import json
import os
import re
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from bench import inputs
from ingestion.bronze.load import load
from ingestion.protocols.files.store import open_store
from ingestion.settings import Settings
from ingestion.source import Reader, Source
from ingestion.sources.vendor_files import FilesReader
from ingestion.spec import Table


def connectorx(folder: Path) -> Callable[[], int]:
    """The floor: connectorx streams Arrow, delta-rs writes it as it comes."""
    import connectorx
    from deltalake import write_deltalake

    def work() -> int:
        stream = connectorx.read_sql(
            inputs.postgres(), "select * from bench_orders", return_type="arrow_stream", batch_size=100_000
        )
        write_deltalake(str(folder / "direct"), stream)
        return -1

    return work


def connectorx_whole(folder: Path) -> Callable[[], int]:
    """The same with the whole table in memory, as most people call it."""
    import connectorx
    from deltalake import write_deltalake

    def work() -> int:
        table = connectorx.read_sql(inputs.postgres(), "select * from bench_orders", return_type="arrow")
        write_deltalake(str(folder / "direct"), table)
        return int(table.num_rows)

    return work


def postgres(folder: Path) -> Callable[[], int]:
    """Our loader of PostgreSQL."""
    from ingestion.sources.postgres import SOURCE

    return _ours(SOURCE, SOURCE.connect(), inputs.ORDERS, folder)


def polars_csv(folder: Path) -> Callable[[], int]:
    """The floor: polars reads the file into memory."""
    import polars

    return lambda: sum(polars.read_csv(path).height for path in folder.glob("*.csv.gz"))


def polars_jsonl(folder: Path) -> Callable[[], int]:
    """The floor: polars reads the file into memory."""
    import gzip

    import polars

    def work() -> int:
        return sum(polars.read_ndjson(gzip.decompress(path.read_bytes())).height for path in folder.glob("*.jsonl.gz"))

    return work


def csv(folder: Path) -> Callable[[], int]:
    """Our loader of csv.gz."""
    return _files(inputs.PRICES, folder)


def jsonl(folder: Path) -> Callable[[], int]:
    """Our loader of jsonl.gz."""
    return _files(inputs.SHIPMENTS, folder)


def consume(folder: Path) -> Callable[[], int]:
    """The floor: confluent-kafka hands over all messages of the topic, and nobody looks at them."""
    from confluent_kafka import Consumer, TopicPartition

    from ingestion.protocols.kafka.client import READING

    def work() -> int:
        consumer = Consumer({**READING, "bootstrap.servers": os.environ["SOURCES__KAFKA__BOOTSTRAP_SERVERS"]})
        places = [TopicPartition(inputs.EVENTS.name, number, 0) for number in range(inputs.PARTITIONS)]
        rows, ended = 0, 0
        consumer.assign(places)
        while ended < len(places):
            got = consumer.consume(20_000, timeout=0.1)
            ended += sum(one.error() is not None for one in got)  # the ends of partitions
            rows += len(got)
        consumer.close()
        return rows - ended

    return work


def kafka(folder: Path) -> Callable[[], int]:
    """Our loader of Kafka."""
    from ingestion.sources.kafka import SOURCE

    return _ours(SOURCE, SOURCE.connect(), inputs.EVENTS, folder)


def _files(table: Table, folder: Path) -> Callable[[], int]:
    from contextlib import nullcontext

    reader: Reader = FilesReader("bench", open_store("bench", str(folder)))
    return _ours(Source("bench", (table,), lambda: nullcontext(reader)), nullcontext(reader), table, folder)


def _ours(source: Source, opened: AbstractContextManager[Reader], table: Table, folder: Path) -> Callable[[], int]:
    for name in ("dlt", "pandas", "polars"):  # what a load imports, and drivers with it
        importlib.import_module(name)
    settings = Settings.load()

    def work() -> int:
        with opened as reader:
            entry = load(source, reader, table, settings, "bench").entry
        return entry.rows_landed if entry else 0

    return work


CONTENDERS = {
    "connectorx": connectorx,
    "connectorx, whole": connectorx_whole,
    "postgres": postgres,
    "polars csv": polars_csv,
    "csv": csv,
    "polars jsonl": polars_jsonl,
    "jsonl": jsonl,
    "consume": consume,
    "kafka": kafka,
}


def main(name: str, folder: str) -> None:
    """Do the work once and print what it took."""
    work = CONTENDERS[name](Path(folder))
    begun = time.perf_counter()
    rows = work()
    seconds = time.perf_counter() - begun
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024  # type: ignore[index]
    sys.stdout.write(json.dumps({"rows": rows, "seconds": seconds, "megabytes": peak}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
