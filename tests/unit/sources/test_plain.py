"""Chunks that are plain are parsed at once, the others row by row: whichever it was, the rows are the same."""

import io
import json
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.protocols.files import fast_parse, formats
from ingestion.protocols.files.formats import Bad, Row, Rows, one_by_one, parse_csv, parse_jsonl
from ingestion.protocols.files.line_limits import ROW_BYTES
from ingestion.spec import Table
from ingestion.values.cast import cast
from ingestion.values.json_values import text_table
from ingestion.values.naming import merge_aliases
from ingestion.values.types import arrow_type

TYPES = {
    **{"text": "string", "day": "date", "at": "timestamp", "blob": "binary"},
    **{"n": "bigint", "price": "decimal(18,2)", "ratio": "double", "yes": "boolean"},
}
TYPED = Table("t", key=(), kind="files", columns=TYPES)
NAMES = Table("t", key=(), kind="files", columns=dict.fromkeys(("a", "b"), "string"))
HEADER = b"a,b,c\n"
Found = list[tuple[object, ...]]


def found(parse: formats.Parser, content: bytes, table: Table) -> Found:
    """All that a parser makes of a file: rows typed as a source types them, and bad rows."""
    return sorted(_found(parse, content, table), key=repr)


def _found(parse: formats.Parser, content: bytes, table: Table) -> Iterator[tuple[object, ...]]:
    for part in parse(io.BytesIO(content), table):
        if isinstance(part, Bad):
            yield part.number, part.raw, part.rule, part.message, part.header, part.is_cut
            continue
        rows = [part] if isinstance(part, Row) else []
        untyped = merge_aliases(
            text_table([row.values for row in rows], dict.fromkeys([*table.columns, *rows[0].values]) if rows else ())
        )
        texts = rows.__getitem__
        if isinstance(part, Rows):
            untyped, texts = part.table, part.texts
        first = part.first if isinstance(part, Rows) else part.number
        types = {name: arrow_type(spark) for name, spark in table.columns.items()}
        held, rejected = cast(
            untyped.append_column("_number", [list(range(first, first + untyped.num_rows))]),
            types,
            lambda row, first=first: str(first + row),
            lambda row, texts=texts: texts(row).raw,
        )
        for one in rejected:
            yield one.position, one.payload, one.rule, one.message
        for row in held.to_pylist():
            yield "row", repr({name: value for name, value in sorted(row.items()) if value is not None})


def slowly(parse: formats.Parser, content: bytes, table: Table) -> Found:
    """The same with nothing plain."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formats, "csv_parser", lambda header: lambda chunk: None)
        patch.setattr(formats, "JsonParser", lambda columns: lambda chunk: None)
        return found(parse, content, table)


def both(parse: formats.Parser, content: bytes, table: Table, size: int) -> None:
    """In chunks of few bytes, so that a small file has many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_parse, "SMALLEST", size)
        patch.setattr(fast_parse, "LARGEST", size * 20)
        assert found(parse, content, table) == slowly(parse, content, table)


odd_text = st.text(st.sampled_from([*'abN,"\\\n\r\t\0 é😀1{}[]:', "\ufeff"]), max_size=6)
csv_line = st.one_of(
    st.just(b"x,y,z\n"),
    st.just(b"x,y,z\r\n"),
    st.just(b'"x","y ""quoted""",z\n'),
    st.just(b'"two\nlines",y,"z\r\n"\n'),
    st.lists(odd_text, min_size=1, max_size=4).map(lambda fields: ",".join(fields).encode() + b"\n"),
    st.binary(max_size=6).map(lambda line: line + b",y,z\n"),
    st.sampled_from([b"\n", b"\r\n", b" \n", b",,\n", b'""\n', b'"x"y,y,z\n', b'x"y,y,z"\n', b'"open,y,z\n', b"x,y\n"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(csv_line, max_size=12), st.integers(1, 40), st.booleans())
def test_csv_is_the_same_at_once_and_row_by_row(lines: list[bytes], size: int, whole: bool) -> None:
    content = HEADER + b"".join(lines)
    both(parse_csv, content if whole else content[:-1], NAMES, size)


number = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([0, -0.0, 1.10, 1e400, 10**30, 3.0]),
    st.sampled_from(["12", "+3", "1.5", " 1", "1e2", "NaN", ""]),
)
instant = st.sampled_from(
    ["2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456789+02:00", "yesterday", ""]
)
value = st.one_of(
    st.none(), st.booleans(), number, instant, odd_text, st.lists(st.integers(), max_size=2), st.just({"deep": [0.1]})
)
members = st.fixed_dictionaries(
    {},
    optional={
        **{"text": st.one_of(odd_text, value), "day": instant, "at": instant, "blob": odd_text},
        **{"n": st.one_of(st.integers(-9, 9), value), "price": number, "ratio": number, "yes": st.booleans()},
        **{"further": value, "later": st.one_of(instant, st.integers(-9, 9)), "": st.just("no name")},
    },
)
json_line = st.one_of(
    members.map(partial(json.dumps, ensure_ascii=False)).map(str.encode),
    members.map(json.dumps).map(str.encode),
    st.sampled_from([b'{"n": 1, "price": 2.50, "text": "plain"}', b'{"n": 1}\r', b'{"text": "\\u00e9"}']),
    st.sampled_from([b"", b" ", b"{}", b"{} {}", b'{"n":1}{"n":2}', b'{"n":', b"1}", b"[1]", b"null", b" {}", b"{}x"]),
    st.sampled_from([b'{"n":1,"n":2}', b'{"further":1,"further":2}', b'{"n":1e2}', b'{"n":-0}', b'{"n":01}', b"\xff"]),
    st.sampled_from(
        [
            b'{"price":-0.0}',
            b'{"price":1E1}',
            b'{"price":1.555}',
            b'{"ratio":-Infinity}',
            b'{"ratio":Inf}',
            b'{"ratio":-0}',
            b'{"price":3402823669209384634633746074317682115}',
            b'{"price":5e-2147483647}',
            b'{"ratio":1e400}',
            b'{"n":4.0}',
        ]
    ),
    st.sampled_from(
        [b'{"text":"\\ud800"}', b'{"text":"\\udc00"}', b'{"text":"\\ud83d\\ude00"}', b'{"text":"\xed\xa0\x80"}']
    ),
    st.sampled_from(
        [
            b'{"N":1}',
            b'{"n":1,"N":2}',
            b'{"Further":1}',
            b'{"further":-0}',
            b'{"further":true}',
            b'{"further":99999999999999999999}',
            b'{"t\\u0065xt":"x"}',
        ]
    ),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(json_line, max_size=12), st.integers(1, 80), st.booleans())
def test_json_is_the_same_at_once_and_row_by_row(lines: list[bytes], size: int, whole: bool) -> None:
    content = b"".join(line + b"\n" for line in lines)
    both(parse_jsonl, content if whole else content[:-1], TYPED, size)


@pytest.mark.parametrize(
    ("parse", "content", "odd"),
    [(parse_csv, HEADER + b"x,y,z\n" * 50_000, b"x,y\n"), (parse_jsonl, b'{"a": "x", "more": 1}\n' * 50_000, b"{}}\n")],
)
def test_only_what_is_near_an_odd_row_is_read_row_by_row(parse: formats.Parser, content: bytes, odd: bytes) -> None:
    parts = list(parse(io.BytesIO(content + odd + content.removeprefix(HEADER)), NAMES))
    assert [part.number for part in parts if isinstance(part, Bad)] == [50_001]
    at_once = sum(part.table.num_rows for part in parts if isinstance(part, Rows))
    one_by_one = sum(isinstance(part, Row) for part in parts)
    assert at_once + one_by_one == 100_000
    assert 0 < one_by_one < 10_000


@pytest.mark.parametrize("deep", [b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000])
@pytest.mark.parametrize("name", [b"a", b"further"])
def test_a_value_of_any_depth_is_survived(name: bytes, deep: bytes) -> None:
    parts = list(parse_jsonl(io.BytesIO(b'{"a": "x"}\n{"%s" :\t%s}\n' % (name, deep)), NAMES))
    assert [part.rule for part in parts if isinstance(part, Bad)] == ["bad_json"]


def test_what_was_a_text_once_is_not_taken_for_a_time() -> None:
    (part,) = parse_jsonl(io.BytesIO(b'{"further": "2026-01-01 10:00:00"}\n' * 3), NAMES)
    assert part.table.column("further").to_pylist() == ["2026-01-01 10:00:00"] * 3


def test_a_row_is_known_in_its_text_when_it_is_asked_for() -> None:
    (part,) = parse_csv(io.BytesIO(HEADER + b'x,"y\n",z\r\n1,2,3'), NAMES)
    assert isinstance(part, Rows)
    assert [(row.number, row.raw) for row in one_by_one(part)] == [(1, b'x,"y\n",z'), (2, b"1,2,3")]


def test_a_chunk_is_shorter_than_the_longest_row() -> None:
    assert 2 * fast_parse.LARGEST <= ROW_BYTES


@pytest.mark.parametrize("line", [b'{"price":3402823669209384634633746074317682115}', b'{"ratio":1e400}'])
def test_a_number_too_large_for_its_column_is_no_other(line: bytes) -> None:
    ((position, payload, rule, _), *rest) = found(parse_jsonl, line, TYPED)
    assert (position, payload, rule, rest) == ("1", line, "wrong_type", [])
