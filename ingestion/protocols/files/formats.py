"""Files to rows: csv, JSON lines and Parquet, plain or gzipped, with every bad row named.

Text formats give text; types come from the table's spec (`ingestion/values/types.py`). Memory is bounded: the file
waits on disk, rows come in batches. Chunks that are plain (`ingestion/protocols/files/fast_parse.py`) are parsed at
once, all others row by row; the rows are the same.

Rules of rows that are no rows: `bad_encoding` (not UTF-8), `torn_line` (the last line breaks off), `column_count`
(csv: not as many fields as the header, or the header lacks a declared column), `bad_quotes`, `bad_header` (csv),
`bad_json`, `duplicate_member`, `reserved_name`, `colliding_names`, `row_too_large`, `truncated_gzip`, `bad_gzip`,
`bad_parquet`; a value of the wrong type is `wrong_type`.
"""

import csv
import gzip
import hashlib
import io
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.plural import plural
from ingestion.protocols.files.column_names import names_fault
from ingestion.protocols.files.fast_parse import JsonParser, Parse, chunks, csv_parser
from ingestion.protocols.files.line_limits import BOM, KEPT_BYTES, ROW_BYTES, CsvLines, OversizedRow, RowTooLarge
from ingestion.protocols.files.parquet import batches
from ingestion.protocols.files.store import SPOOLED_BYTES
from ingestion.spec import Table
from ingestion.values.batches import BATCH_ROWS
from ingestion.values.json_values import DuplicateMember, as_text, from_json

BATCH_BYTES = 32 * 1024 * 1024
UNPACKED_BYTES = 8 * 1024**3
"""The limit of an unpacked gzip file, unless a source's setting says otherwise: the unpacked file waits on disk."""
_OTHER_DELIMITERS = (";", "\t", "|")


@dataclass(frozen=True)
class Row:
    """A row of a text format: its number in the file, its bytes, its values."""

    number: int
    raw: bytes
    values: Mapping[str, Any]
    header: tuple[str, ...] = ()
    """Of a csv file."""


@dataclass(frozen=True)
class Bad:
    """Text that should have been a row (number from 1), or a whole file (number None)."""

    number: int | None
    raw: bytes
    rule: str
    message: str
    header: tuple[str, ...] = ()
    """Of a csv file."""
    is_cut: bool = False
    """True if `raw` is only the beginning of the row."""


@dataclass(frozen=True)
class Rows:
    """Rows of a Parquet file, or of a plain chunk of text; `first` is the number of the first."""

    first: int
    table: pa.Table
    texts: Callable[[int], Row] | None = None
    """A row (from 0) as it stands in the text; None for formats that have types of their own."""


Parser = Callable[[IO[bytes], Table], Iterator[Row | Bad | Rows]]
Exact = Callable[[IO[bytes], int, int], Generator[Row | Bad, None, int]]
"""Rows that begin in the next bytes of a file, one by one: file, number of the first, bytes ─▶ number of the next."""


def parser(key: str) -> tuple[Parser, bool] | None:
    """The format of a file by its name, and whether it is gzipped; None for an unknown one."""
    zipped = key.endswith(".gz")
    return next(((parse, zipped) for end, parse in FORMATS.items() if key.removesuffix(".gz").endswith(end)), None)


def parse_file(
    file: IO[bytes], key: str, table: Table, unpacked_limit_bytes: int = UNPACKED_BYTES
) -> Iterator[Row | Bad | Rows]:
    """Everything in the file. Of a gzip that doesn't end well, or unpacks to too much, nothing is a row."""
    known = parser(key)
    if known is None:
        yield whole(file, "unknown_format", f"expected a name that ends in {', '.join(FORMATS)}, or these with .gz")
        return
    parse, zipped = known
    if not zipped:
        yield from parse(file, table)
        return
    with tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES) as plain:
        bad = _gunzip(file, plain, unpacked_limit_bytes)
        yield from [bad] if bad else parse(plain, table)


def header(file: IO[bytes], key: str) -> list[str]:
    """The columns that a csv or Parquet file names; none where it is empty or broken, of which `parse_file` tells."""
    try:
        plain = cast(IO[bytes], gzip.GzipFile(fileobj=file, mode="rb")) if key.endswith(".gz") else file
        if key.removesuffix(".gz").endswith(".parquet"):
            return list(pq.read_schema(plain).names)
        return next(csv.reader(CsvLines(plain)), [])
    except (EOFError, OSError, zlib.error, csv.Error, RowTooLarge, pa.ArrowException):
        return []
    finally:
        file.seek(0)


def in_batches(parts: Iterable[Row | Bad | Rows]) -> Iterator[list[Row] | Bad | Rows]:
    """Rows gathered until they are many or large, or gathered ones follow; bad ones as they come."""
    rows: list[Row] = []
    size = 0
    for part in parts:
        if isinstance(part, Rows) and rows:
            yield rows
            rows, size = [], 0
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


def _gunzip(file: IO[bytes], plain: IO[bytes], limit: int) -> Bad | None:
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as unzipped:
            while piece := unzipped.read(shutil.COPY_BUFSIZE):  # type: ignore[attr-defined]
                plain.write(piece)
                if plain.tell() > limit:
                    return whole(file, "unpacked_too_large", f"unpacks to more than {limit} bytes")
    except EOFError:
        rule, message = "truncated_gzip", "the gzip stream is cut short; have the file sent again"
    except (gzip.BadGzipFile, zlib.error) as error:
        rule, message = "bad_gzip", f"{error}; have the file sent again"
    else:
        plain.seek(0)
        return None
    return whole(file, rule, message)


def whole(file: IO[bytes], rule: str, message: str) -> Bad:
    """A file that is none: its beginning, its size and its digest."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(KEPT_BYTES):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    cut = f", of which the first {KEPT_BYTES} are kept here: the object has them all" if size > KEPT_BYTES else ""
    return Bad(None, file.read(KEPT_BYTES), rule, f"{message}; {size} bytes, sha256 {digest.hexdigest()}{cut}")


def _in_chunks(file: IO[bytes], parse: Parse, exact: Exact) -> Iterator[Row | Bad | Rows]:
    """Chunks at once where they are plain, else by the exact parser."""
    number = 1
    for chunk, rows in chunks(file, parse):
        if rows is None:
            number = yield from exact(file, number, len(chunk))
        else:
            yield Rows(number, rows, _texts(chunk, number, exact))
            number += rows.num_rows


def _texts(chunk: bytes, first: int, exact: Exact) -> Callable[[int], Row]:
    """A plain chunk's rows by the exact parser, which runs when the first is asked for."""
    rows = cache(lambda: [row for row in exact(io.BytesIO(chunk), first, len(chunk)) if isinstance(row, Row)])
    return lambda row: rows()[row]


def one_by_one(part: Row | Bad | Rows) -> Iterator[Row | Bad]:
    """Rows as they stand in their text, each alone; none of a typed file, which has no text."""
    if not isinstance(part, Rows):
        yield part
    elif part.texts:
        yield from map(part.texts, range(part.table.num_rows))


def parse_csv(file: IO[bytes], table: Table) -> Iterator[Row | Bad | Rows]:
    """Comma separated, quoted with ", first record the header; columns are found by their names."""
    csv.field_size_limit(sys.maxsize)
    lines = CsvLines(file)
    try:
        header = tuple(next(csv.reader(lines, strict=True), ()))
    except (csv.Error, RowTooLarge) as error:
        yield whole(file, "bad_header", f"the header can't be read: {error}")
        return
    if not lines.taken:
        return
    fault = _header_fault(header, table)
    exact = partial(_records, header=header, fault=fault)
    if header and not fault:
        yield from _in_chunks(file, csv_parser(header), exact)
    elif (yield from exact(file, 1, sys.maxsize)) == 1 and fault:  # a page that says 404, say
        yield whole(file, *fault)


def _records(
    file: IO[bytes], number: int, size: int, header: tuple[str, ...], fault: tuple[str, str] | None
) -> Generator[Row | Bad, None, int]:
    """The records that begin in the next `size` bytes; returns the number of the one behind them."""
    lines = CsvLines(file, at_start=False)
    records = csv.reader(lines, strict=True)
    end = file.tell() + size
    while file.tell() < end:
        lines.begin()
        bad = fault
        try:
            fields = next(records)
        except StopIteration:
            break
        except csv.Error as error:
            bad = ("torn_line" if lines.ended_open() else "bad_quotes", str(error))
        except RowTooLarge:
            bad = ("row_too_large", lines.skip())
        else:
            if not fields:  # an empty line is no record
                continue
            bad = bad or _record_fault(fields, header, lines)
        raw = lines.raw()
        if bad:
            yield Bad(number, raw, *bad, header, is_cut=bad[0] == "row_too_large")
        else:
            yield Row(number, raw, dict(zip(header, fields, strict=True)), header)
        number += 1
    return number


def _header_fault(header: Sequence[str], table: Table) -> tuple[str, str] | None:
    if len(header) == 1 and (others := [sign for sign in _OTHER_DELIMITERS if sign in header[0]]):
        return "bad_header", f"the header is one field with {others[0]!r} in it: expected fields separated by commas"
    missing = [name for name in table.columns if name not in header]
    if missing and table.kind != "changes":  # a column that the database dropped is NULL from then on
        return "column_count", f"the header lacks {', '.join(missing)}"
    if len(set(header)) < len(header) or "" in header or not _is_utf8("".join(header)):
        return "bad_header", f"the header names a column twice, or not at all, or not in UTF-8: {header!r:.200}"
    return names_fault(tuple(header), table, declared=table.columns)


def _record_fault(fields: list[str], header: Sequence[str], lines: CsvLines) -> tuple[str, str] | None:
    if not _is_utf8("".join(fields)):
        return "bad_encoding", "not UTF-8"
    if len(fields) == len(header):
        return None
    if len(fields) < len(header) and lines.ended_open():
        return "torn_line", f"the last line breaks off after {len(fields)} of {plural(len(header), 'field')}"
    return "column_count", f"{plural(len(fields), 'field')}; the header has {len(header)}"


def _is_utf8(text: str) -> bool:
    """Bytes that were not UTF-8 are lone surrogates in what `CsvLines` gives."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def parse_jsonl(file: IO[bytes], table: Table) -> Iterator[Row | Bad | Rows]:
    """One JSON object a line; a number keeps its digits, as text."""
    parse = JsonParser(table.columns)

    def plain(chunk: bytes) -> pa.Table | None:
        rows = parse(chunk)
        return None if rows is None or names_fault(tuple(rows.column_names), table) else rows

    return _in_chunks(file, plain, partial(_objects, table=table))


def _objects(file: IO[bytes], number: int, size: int, table: Table) -> Generator[Row | Bad, None, int]:
    """The objects that begin in the next `size` bytes; returns the number of the line behind them."""
    end = file.tell() + size
    while file.tell() < end:
        line = file.readline(ROW_BYTES)
        raw = (line.removeprefix(BOM) if number == 1 else line).rstrip(b"\r\n")
        if len(line) == ROW_BYTES and not line.endswith(b"\n"):
            yield Bad(
                number, raw[:KEPT_BYTES], "row_too_large", f"a line of {OversizedRow([line]).skip(file)}", is_cut=True
            )
        elif raw.strip():
            yield _object(number, raw, table, is_last=not line.endswith(b"\n"))
        number += 1
    return number


def _object(number: int, raw: bytes, table: Table, *, is_last: bool) -> Row | Bad:
    try:
        values = from_json(raw.decode())
        if b"\\u" in raw:  # an escaped half of a surrogate pair is no text
            str(as_text(values)).encode()
    except UnicodeError as error:
        return Bad(number, raw, "bad_encoding", f"not UTF-8: {error.reason}")  # type: ignore[attr-defined]
    except DuplicateMember as error:
        return Bad(number, raw, "duplicate_member", str(error))
    except (ValueError, RecursionError) as error:
        return Bad(number, raw, "torn_line" if is_last else "bad_json", f"not JSON: {error}")
    if not isinstance(values, dict):
        return Bad(number, raw, "bad_json", "JSON, but not an object")
    if fault := names_fault(tuple(values), table):
        return Bad(number, raw, *fault)
    return Row(number, raw, values)


def parse_parquet(file: IO[bytes], table: Table) -> Iterator[Bad | Rows]:
    """Row group by row group."""
    first = 1
    with _parquet_errors() as broken:
        if file.read(1):
            file.seek(0)
            content = pq.ParquetFile(file)
            if fault := names_fault(tuple(content.schema_arrow.names), table, declared=table.columns):
                yield whole(file, *fault)
                return
            for batch in batches(content, file, BATCH_ROWS):
                yield Rows(first, pa.Table.from_batches([batch]))
                first += batch.num_rows
    if broken:
        yield whole(file, "bad_parquet", f"{broken[0]}; rows before {first} are loaded")


@contextmanager
def _parquet_errors() -> Iterator[list[str]]:
    broken: list[str] = []
    try:
        yield broken
    except (pa.ArrowException, OSError) as error:
        broken.append(str(error))


FORMATS: Mapping[str, Parser] = {".csv": parse_csv, ".jsonl": parse_jsonl, ".parquet": parse_parquet}
