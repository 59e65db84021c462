"""Plain chunks: many lines of csv or JSON that Arrow's parsers may read at once.

A chunk is plain where its text can mean one thing only, so that what Arrow makes of it is what the exact parsers of
`ingestion/protocols/files/formats.py` make of it, row by row; any doubt makes it not plain. Arrow reads JSON's numbers
from their digits, never through a float, and refuses objects that name a member twice.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.json as arrow_json
import pyarrow.types as kind

from ingestion.values.naming import name_clash
from ingestion.values.types import arrow_type

LARGEST, SMALLEST = 2 * 2**20, 32 * 2**10
"""Bytes of a chunk: the largest where all is plain (more doesn't fit a processor's caches), the smallest where not."""

_BOM = b"\xef\xbb\xbf"
_NESTED = re.compile(rb":\s*[\[{]")
_WHOLE_MINUS_ZERO = re.compile(rb"-0(?![0-9.eE])")
_TINY = re.compile(rb"e-[0-9]{3,}\s*[,}]"), re.compile(rb"E-[0-9]{3,}\s*[,}]")
"""Numbers whose exponent ends the process, where Arrow reads them as decimals."""
_HALF_OF_A_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")

Parse = Callable[[bytes], pa.Table | None]


def chunks(file: IO[bytes], parse: Parse) -> Iterator[tuple[bytes, pa.Table | None]]:
    """The rest of a seekable file, cut at line ends: bytes, and their rows where they are plain.

    Where they aren't, rows are None and the file stands at the chunk's begin: who takes it reads on from there, to the
    end of the last record that begins in it. The next chunks are small then, and grow again.
    """
    size = LARGEST
    while chunk := _cut(file, size):
        rows = parse(chunk) if len(chunk) < size + LARGEST else None
        if rows is not None:
            yield chunk, rows
            size = min(size * 4, LARGEST)
            continue
        file.seek(-len(chunk), io.SEEK_CUR)
        if size == SMALLEST:
            yield chunk, None
        size = max(size // 16, SMALLEST)


def _cut(file: IO[bytes], size: int) -> bytes:
    """At least `size` bytes up to a line's end; less than LARGEST more, unless the line is longer than all chunks."""
    return file.read(size) + file.readline(LARGEST)


def csv_parser(header: Sequence[str]) -> Parse:
    """For chunks of csv that begin with a record; all columns are text."""
    read = arrow_csv.ReadOptions(column_names=list(header), block_size=2**31 - 1)
    convert = arrow_csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False)

    def parse(chunk: bytes) -> pa.Table | None:
        quoted = b'"' in chunk
        if b"\0" in chunk or chunk.startswith(_BOM):
            return None
        if b"\r" in chunk and chunk.count(b"\r") != chunk.count(b"\r\n"):
            return None
        if quoted and not _quotes_are_plain(chunk):
            return None
        form = arrow_csv.ParseOptions(quote_char='"' if quoted else False, newlines_in_values=quoted)
        try:
            rows = arrow_csv.read_csv(
                pa.BufferReader(chunk), read_options=read, parse_options=form, convert_options=convert
            )
        except pa.ArrowInvalid:
            return None
        return rows if quoted or rows.num_rows == line_count(chunk) else None

    return parse


def line_count(chunk: bytes) -> int:
    """Return their number, with a last one that has no end."""
    return times(chunk, b"\n") + (not chunk.endswith(b"\n"))


def times(chunk: bytes, letters: bytes) -> int:
    """Count one letter, or two different ones in a row: as `bytes.count`, but many at a time."""
    codes = np.frombuffer(chunk, np.uint8)
    found = codes[: len(codes) - len(letters) + 1] == letters[0]
    if len(letters) == 2:
        found &= codes[1:] == letters[1]
    return int(np.count_nonzero(found))


def _quotes_are_plain(chunk: bytes) -> bool:
    """True if each opens a field, closes one, or is doubled inside one; and there is no empty line."""
    if chunk.startswith((b"\n", b"\r")) or b"\n\n" in chunk or b"\n\r\n" in chunk:
        return False
    parts = chunk.split(b'"')
    before, after = {part[-1:] for part in parts[:-1:2]}, {part[:1] for part in parts[2::2]}
    return len(parts) % 2 == 1 and before <= {b"", b",", b"\n"} and after <= {b"", b",", b"\n", b"\r"}


class JsonParser:
    """For chunks of JSON, one object a line.

    Columns that the spec types as numbers or booleans come so, all others as text; what it learns about columns that
    aren't declared it keeps for the next chunk.
    """

    def __init__(self, columns: Mapping[str, str]) -> None:
        self._types = {name: _json_type(arrow_type(spark)) for name, spark in columns.items()}
        self._floats = any(kind.is_floating(of) for of in self._types.values())

    def __call__(self, chunk: bytes) -> pa.Table | None:
        """The rows, or None. Where no object is nested, a line that begins with { holds exactly one: see the counts."""
        count = line_count(chunk)
        if not chunk.startswith(b"{") or times(chunk, b"\n{") != count - 1:
            return None
        if (times(chunk, b"{") != count or b"[" in chunk) and _NESTED.search(chunk):  # deep ones are Arrow's death
            return None
        if self._is_doubtful(chunk):
            return None
        try:
            rows = self._read(chunk)
        except pa.ArrowException:
            return None
        return rows if rows is not None and rows.num_rows == count else None

    def _is_doubtful(self, chunk: bytes) -> bool:
        """True if there may be what Arrow reads as a number and JSON doesn't, or as -0.0 and JSON as 0; or a tiny
        one, or half a character."""
        if any(tiny.search(chunk) for tiny in _TINY):
            return True
        if self._floats and (b"NaN" in chunk or b"Inf" in chunk or _WHOLE_MINUS_ZERO.search(chunk)):
            return True
        return b"\\" in chunk and _HALF_OF_A_PAIR.search(chunk) is not None

    def _read(self, chunk: bytes) -> pa.Table | None:
        rows = _read_json(chunk, self._types)
        rows.validate(full=True)  # the reader lets pass what is no UTF-8, and decimals beyond their column's digits
        further = {field.name: field.type for field in rows.schema if field.name not in self._types}
        if texts := [name for name, of in further.items() if kind.is_temporal(of)]:  # Arrow's guess at a text
            self._types.update(dict.fromkeys(texts, pa.string()))
            return self._read(chunk)
        if name_clash(tuple(rows.column_names)) or (self._floats and not _are_finite(rows)):
            return None
        for name, of in further.items():
            if not (kind.is_string(of) or kind.is_int64(of) or kind.is_boolean(of) or kind.is_null(of)):
                return None
            rows = rows.set_column(rows.schema.get_field_index(name), name, rows.column(name).cast(pa.string()))
        return rows


def _json_type(target: pa.DataType) -> pa.DataType:
    """Decimals are read with room for 38 digits more: Arrow wraps what doesn't fit (`ingestion/values/decimals.py`)."""
    if kind.is_decimal(target):
        return pa.decimal256(target.precision, target.scale)
    in_json = kind.is_integer(target) or kind.is_floating(target) or kind.is_boolean(target)
    return target if in_json else pa.string()


def _are_finite(rows: pa.Table) -> bool:
    """False where a number is too large for its column: JSON has no infinity."""
    return all(
        pc.all(pc.is_finite(column)).as_py() is not False for column in rows.columns if kind.is_floating(column.type)
    )


def _read_json(chunk: bytes, types: Mapping[str, pa.DataType]) -> pa.Table:
    return arrow_json.read_json(
        pa.BufferReader(chunk),
        read_options=arrow_json.ReadOptions(block_size=2**31 - 1),
        parse_options=arrow_json.ParseOptions(explicit_schema=pa.schema(types), unexpected_field_behavior="infer"),
    )
