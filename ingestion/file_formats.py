"""Files to rows: csv, JSON lines and Parquet, plain or gzipped, with every bad row named.

Text formats give text; types come from the table's spec (`ingestion/casting.py`). Memory is bounded: the file waits on
disk, rows come in batches.

Rules of rows that are no rows: `bad_encoding` (not UTF-8), `torn_line` (the last line breaks off), `column_count`
(csv: not as many fields as the header, or the header lacks a declared column), `bad_quotes`, `bad_header` (csv),
`bad_json`, `truncated_gzip`, `bad_gzip`, `bad_parquet`; a value of the wrong type is `wrong_type`.
"""

import csv
import gzip
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.casting import BATCH_ROWS, as_text, from_json
from ingestion.object_store import SPOOLED_BYTES
from ingestion.spec import Table

BOM = b"\xef\xbb\xbf"
BATCH_BYTES = 32 * 1024 * 1024
KEPT_BYTES = 1024 * 1024
"""How much of a file that is no file goes to quarantine; the object itself stays where it is."""


@dataclass(frozen=True)
class Row:
    """A row of a text format: its number in the file, its bytes, its values."""

    number: int
    raw: bytes
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Bad:
    """What should have been a row (number from 1), or a whole file (number None)."""

    number: int | None
    raw: bytes
    rule: str
    message: str


@dataclass(frozen=True)
class Rows:
    """Typed rows of a Parquet file; `first` is the number of the first."""

    first: int
    table: pa.Table


Parser = Callable[[IO[bytes], Table], Iterator[Row | Bad | Rows]]


def parser(key: str) -> tuple[Parser, bool] | None:
    """The format of a file by its name, and whether it is gzipped; None for an unknown one."""
    zipped = key.endswith(".gz")
    return next(((parse, zipped) for end, parse in FORMATS.items() if key.removesuffix(".gz").endswith(end)), None)


def parse_file(file: IO[bytes], key: str, table: Table) -> Iterator[Row | Bad | Rows]:
    """Everything in the file. Of a gzip that doesn't end well nothing is a row: it will be sent again, whole."""
    known = parser(key)
    if known is None:
        yield Bad(None, b"", "unknown_format", f"expected a name that ends in {', '.join(FORMATS)}, or these with .gz")
        return
    parse, zipped = known
    if not zipped:
        yield from parse(file, table)
        return
    with tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES) as plain:
        bad = _gunzip(file, plain)
        yield from [bad] if bad else parse(plain, table)


def header(file: IO[bytes], key: str) -> list[str]:
    """The columns that a csv or Parquet file names; none where it is empty or broken, of which `parse_file` tells."""
    try:
        plain = cast(IO[bytes], gzip.GzipFile(fileobj=file, mode="rb")) if key.endswith(".gz") else file
        if key.removesuffix(".gz").endswith(".parquet"):
            return list(pq.read_schema(plain).names)
        return next(csv.reader(_Lines(plain)), [])
    except (EOFError, OSError, zlib.error, csv.Error, pa.ArrowException):
        return []
    finally:
        file.seek(0)


def in_batches(parts: Iterable[Row | Bad | Rows]) -> Iterator[list[Row] | Bad | Rows]:
    """Rows gathered until they are many or large; everything else as it comes."""
    rows: list[Row] = []
    size = 0
    for part in parts:
        if not isinstance(part, Row):
            yield part
            continue
        rows.append(part)
        size += len(part.raw)
        if len(rows) == BATCH_ROWS or size > BATCH_BYTES:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _gunzip(file: IO[bytes], plain: IO[bytes]) -> Bad | None:
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as unzipped:
            shutil.copyfileobj(unzipped, plain)
    except EOFError:
        rule, message = "truncated_gzip", "the gzip stream is cut short; have the file sent again"
    except (gzip.BadGzipFile, zlib.error) as error:
        rule, message = "bad_gzip", f"{error}; have the file sent again"
    else:
        plain.seek(0)
        return None
    file.seek(0)
    return Bad(None, file.read(KEPT_BYTES), rule, message)


def parse_csv(file: IO[bytes], table: Table) -> Iterator[Row | Bad]:
    """Comma separated, quoted with ", first record the header; columns are found by their names."""
    csv.field_size_limit(sys.maxsize)
    lines = _Lines(file)
    records = csv.reader(lines, strict=True)
    header = next(records, None)
    if header is None:
        return
    fault = _header_fault(header, table)
    number = 0
    while True:
        lines.taken.clear()
        try:
            fields = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            number += 1
            yield Bad(number, lines.raw(), "torn_line" if lines.ended_open() else "bad_quotes", str(error))
            continue
        if not fields:  # an empty line is no record
            continue
        number += 1
        bad = fault or _record_fault(fields, header, lines)
        values = dict(zip(header, fields, strict=False))
        yield Bad(number, lines.raw(), *bad) if bad else Row(number, lines.raw(), values)


def _header_fault(header: list[str], table: Table) -> tuple[str, str] | None:
    missing = [name for name in table.columns if name not in header]
    if missing:
        return "column_count", f"the header lacks {', '.join(missing)}"
    if len(set(header)) < len(header) or "" in header or not _is_utf8("".join(header)):
        return "bad_header", f"the header names a column twice, or not at all, or not in UTF-8: {header!r:.200}"
    return None


def _record_fault(fields: list[str], header: list[str], lines: "_Lines") -> tuple[str, str] | None:
    if not _is_utf8("".join(fields)):
        return "bad_encoding", "not UTF-8"
    if len(fields) == len(header):
        return None
    if len(fields) < len(header) and lines.ended_open():
        return "torn_line", f"the last line breaks off after {len(fields)} of {len(header)} fields"
    return "column_count", f"{len(fields)} fields; the header has {len(header)}"


def _is_utf8(text: str) -> bool:
    """Bytes that were not UTF-8 are lone surrogates in what `_Lines` gives."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Lines:
    """A file's lines as text, remembering the bytes that made the record at hand. Any byte survives."""

    def __init__(self, file: IO[bytes]) -> None:
        self._lines = iter(file)
        self._first = True
        self.taken: list[bytes] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        text = line.removeprefix(BOM) if self._first else line
        self._first = False
        return text.decode("utf-8", errors="surrogateescape")

    def raw(self) -> bytes:
        """The record's bytes without its line end."""
        return b"".join(self.taken).rstrip(b"\r\n")

    def ended_open(self) -> bool:
        """Whether the last line had no end: only a file's last line can."""
        return bool(self.taken) and not self.taken[-1].endswith((b"\n", b"\r"))


def parse_jsonl(file: IO[bytes], table: Table) -> Iterator[Row | Bad]:
    """One JSON object a line; a number keeps its digits, as text."""
    for number, line in enumerate(file, start=1):
        raw = (line.removeprefix(BOM) if number == 1 else line).rstrip(b"\r\n")
        if not raw.strip():
            continue
        try:
            values = from_json(raw.decode())
            if b"\\u" in raw:  # an escaped half of a surrogate pair is no text
                str(as_text(values)).encode()
        except UnicodeError as error:
            yield Bad(number, raw, "bad_encoding", f"not UTF-8: {error.reason}")  # type: ignore[attr-defined]
        except (ValueError, RecursionError) as error:
            torn = not line.endswith(b"\n")
            yield Bad(number, raw, "torn_line" if torn else "bad_json", f"not JSON: {error}")
        else:
            is_object = isinstance(values, dict)
            yield Row(number, raw, values) if is_object else Bad(number, raw, "bad_json", "JSON, but not an object")


def parse_parquet(file: IO[bytes], table: Table) -> Iterator[Bad | Rows]:
    """Row group by row group."""
    first = 1
    with _parquet_errors() as broken:
        if file.read(1):
            file.seek(0)
            for batch in pq.ParquetFile(file).iter_batches(batch_size=BATCH_ROWS):
                yield Rows(first, pa.Table.from_batches([batch]))
                first += batch.num_rows
    if broken:
        file.seek(0)
        yield Bad(None, file.read(KEPT_BYTES), "bad_parquet", f"{broken[0]}; rows before {first} are loaded")


@contextmanager
def _parquet_errors() -> Iterator[list[str]]:
    broken: list[str] = []
    try:
        yield broken
    except (pa.ArrowException, OSError) as error:
        broken.append(str(error))


FORMATS: Mapping[str, Parser] = {".csv": parse_csv, ".jsonl": parse_jsonl, ".parquet": parse_parquet}
