"""The stage: where a table waits as Parquet files until Snowflake has read it.

One version of a Delta table is streamed to `<LAKEHOUSE_STAGE>/<run id>/<table>/`: decimals and dates as they are,
instants in UTC without a zone (Snowflake's TIMESTAMP_NTZ), so that every value arrives exactly.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.fs as pafs
import structlog
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from ingestion.settings import SettingError, checked
from operations.records.run_record import one_line

log = structlog.get_logger()

ROWS_A_FILE = 2_000_000
ROWS_A_GROUP = 100_000
"""Two of these are about what memory holds at once."""
SECONDS = 10
"""Time that the stage may take to accept a connection."""


class StageUnavailable(RuntimeError):
    """The lake or the stage could not be read or written: which place, and why."""


@dataclass(frozen=True)
class Source:
    """One version of a Delta table, whatever is committed to it meanwhile."""

    address: str
    """A folder or s3://."""
    version: int
    columns: tuple[str, ...]
    """Which columns, in the copy's order."""


@dataclass(frozen=True)
class Staged:
    """A table's files on the stage."""

    url: str
    files: int
    bytes: int


def stage_url() -> str:
    """LAKEHOUSE_STAGE without a slash at the end. Raises `SettingError`."""
    url = os.environ.get("LAKEHOUSE_STAGE", "").rstrip("/")
    if not url.startswith("s3://"):
        raise SettingError(f"LAKEHOUSE_STAGE is {url!r}: expected s3://bucket/prefix, a place that Snowflake reads")
    return url


@contextmanager
def staged(sources: Mapping[str, Source], url: str) -> Iterator[dict[str, Staged]]:
    """Tables as Parquet files, each in a folder of its own below `url`; removed when the block ends.

    LAKEHOUSE_KEEP_STAGED=true keeps them. A killed run can't remove its own: give the bucket a lifecycle rule.
    Raises `StageUnavailable`.
    """
    keep = checked("KEEP_STAGED", "false", "(?i:true|false)", "true or false").lower() == "true"
    try:
        yield {name: stage_table(source, f"{url}/{name}") for name, source in sources.items()}
    except StageUnavailable:
        keep = True  # nothing can be removed there now
        raise
    finally:
        if not keep:
            clear(url)


def stage_table(source: Source, url: str) -> Staged:
    """Write a table as Parquet files; memory holds a few row groups, whatever the table's size.

    Raises `StageUnavailable` when the lake or the stage doesn't answer.
    """
    written: list[pads.WrittenFile] = []
    with naming(source.address):
        dataset = DeltaTable(source.address, version=source.version).to_pyarrow_dataset()
        # fragments are read ahead by default: that is what would fill the memory
        batches = dataset.scanner(columns=list(source.columns), batch_readahead=1, fragment_readahead=1).to_reader()
    with naming(url):
        pads.write_dataset(
            (batch.cast(as_snowflake_reads(batch.schema)) for batch in batches),
            url.removeprefix("s3://"),
            schema=as_snowflake_reads(batches.schema),
            filesystem=s3(),
            format="parquet",
            basename_template="part-{i}.parquet",
            max_rows_per_file=ROWS_A_FILE,
            max_rows_per_group=ROWS_A_GROUP,
            create_dir=False,
            file_visitor=written.append,
        )
    return Staged(f"{url}/", len(written), sum(file.size for file in written))


def as_snowflake_reads(schema: pa.Schema) -> pa.Schema:
    """The schema with instants that have no zone."""
    fields = [field.with_type(pa.timestamp("us")) if pa.types.is_timestamp(field.type) else field for field in schema]
    return pa.schema(fields)


def clear(url: str) -> None:
    """Remove a folder of the stage; where that fails it says so, because the publish itself is over."""
    try:
        s3().delete_dir(url.removeprefix("s3://"))
    except OSError as error:
        log.warning("staged files not removed", url=url, error=one_line(error))


def s3() -> pafs.S3FileSystem:
    """S3, or what speaks like it at AWS_ENDPOINT_URL."""
    return pafs.S3FileSystem(
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        endpoint_override=os.environ.get("AWS_ENDPOINT_URL"),
        connect_timeout=SECONDS,
        background_writes=False,  # they queue up in memory where S3 is slower than the lake
        retry_strategy=pafs.AwsStandardS3RetryStrategy(max_attempts=3),
    )


@contextmanager
def naming(place: str) -> Iterator[None]:
    """Name the place in errors of reading and writing."""
    try:
        yield
    except (OSError, DeltaError) as error:
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        where = f"{place} (S3 at {endpoint})" if endpoint and place.startswith("s3://") else place
        raise StageUnavailable(f"{where}: {one_line(error)}") from error
