"""Every kind of bad input and where it lands: in the table, in quarantine under a rule, or as an error that says why.

All files of a format are one load, and all rows of a window another, as in a bucket or a database: a case must not
disturb its neighbours. A case of a format is a file's content, the rows that land, and the rules of the others.
"""

import base64
import gzip
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.bronze.errors import ContractViolation
from ingestion.bronze.load import LoadResult, load
from ingestion.protocols.files.store import Folder
from ingestion.settings import Settings
from ingestion.sources.vendor_files import SOURCE, FilesReader
from ingestion.spec import Table
from tests.unit.bronze.memory import INSTANT, Lake, Memory, at, orders

PRICES, SHIPMENTS, RETURNS = SOURCE.tables
HEADER = b"vendor_id,sku,unit_cost,currency,valid_from\n"
GOOD = b"V1,S1,1.50,USD,2026-01-01\n"
NOISE = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(125))
BOM = b"\xef\xbb\xbf"
TYPED = replace(
    SHIPMENTS,
    columns={"t": "string", "n": "bigint", "d": "decimal(9,2)", "f": "double", "b": "boolean", "day": "date"}
    | {"at": "timestamp"},
)


@dataclass(frozen=True)
class Case:
    """A file: what is in it, how many rows land, and the rules that the others break."""

    content: bytes
    landed: int = 0
    rules: Mapping[str, int] | None = None


def bad(content: bytes, rule: str, landed: int = 0, number: int = 1) -> Case:
    return Case(content, landed, {rule: number})


def zipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def csv(records: bytes, *, header: bytes = HEADER) -> bytes:
    return zipped(header + records)


TWO = zipped(HEADER + GOOD) + zipped(GOOD)
CSV = {
    "plain": Case(csv(GOOD), 1),
    "empty object": Case(b""),
    "gzip of nothing": Case(zipped(b"")),
    "header alone": Case(csv(b"")),
    "header without an end": Case(csv(b"", header=HEADER.rstrip())),
    "byte order mark": Case(csv(GOOD, header=BOM + HEADER), 1),
    "windows line ends": Case(csv(GOOD.replace(b"\n", b"\r\n"), header=HEADER.replace(b"\n", b"\r\n")), 1),
    "empty lines": Case(csv(b"\n" + GOOD + b"\r\n\n" + GOOD), 2),
    "blanks on a line": bad(csv(b"   \n" + GOOD), "column_count", 1),
    "emoji": Case(csv("V1,😀e\u0301,1,USD,2026-01-01\n".encode()), 1),
    "quoted comma, quote and newline": Case(csv(b'"V,1","S""1\n2",1,USD,2026-01-01\n'), 1),
    "tab and vertical tab": Case(csv(b"V\t1,S\x0b1,1,USD,2026-01-01\n"), 1),
    "NUL in a field": Case(csv(b"V1,S\x001,1,USD,2026-01-01\n"), 1),
    "escape sequences of a terminal": Case(csv(b"V1,\x1b[2J,1,USD,2026-01-01\n"), 1),
    "a formula": Case(csv(b"V1,=HYPERLINK(A1),1,USD,2026-01-01\n"), 1),
    "sql in a field": Case(csv(b"V1,'; drop table x; --,1,USD,2026-01-01\n"), 1),
    "all fields empty": Case(csv(b",,,,\n"), 1),
    "a text of a megabyte": Case(csv(b"V1," + b"x" * 2**20 + b",1,USD,2026-01-01\n"), 1),
    "numbers that are none": Case(csv(b"V1,S1,NaN,USD,0000-00-00\n"), 1),
    "further column": Case(csv(GOOD.rstrip() + b",new\n", header=HEADER.rstrip() + b",note\n"), 1),
    "columns in another order": Case(
        csv(b"S1,V1,USD,2026-01-01,1\n", header=b"sku,vendor_id,currency,valid_from,unit_cost\n"), 1
    ),
    "a field short": bad(csv(b"V1,S1,1,USD\n" + GOOD), "column_count", 1),
    "a field too many": bad(csv(b"V1,S1,1,USD,2026-01-01,x\n" + GOOD), "column_count", 1),
    "semicolons": bad(csv(GOOD.replace(b",", b";") + GOOD), "column_count", 1),
    "semicolons in the header too": bad(csv(GOOD, header=HEADER.replace(b",", b";")), "bad_header"),
    "header lacks a column": bad(csv(GOOD * 2, header=b"vendor_id,sku,unit_cost,currency,x\n"), "column_count", 0, 2),
    "header repeated": bad(csv(GOOD, header=HEADER.rstrip() + b",sku\n"), "bad_header"),
    "header with a nameless column": bad(csv(GOOD, header=HEADER.rstrip() + b",\n"), "bad_header"),
    "header in Latin-1": bad(csv(GOOD, header=HEADER.rstrip() + b",gr\xf6\xdfe\n"), "bad_header"),
    "header with an open quote": bad(csv(b"", header=b'"vendor_id,sku'), "bad_header"),
    "header with text behind a quote": bad(csv(GOOD, header=b'"vendor_id"x,sku\n'), "bad_header"),
    "Latin-1": bad(csv(b"V1,M\xfcller,1,USD,2026-01-01\n" + GOOD), "bad_encoding", 1),
    "UTF-16": bad(zipped((HEADER + GOOD).decode().encode("utf-16")), "column_count", 0, 2),
    "half of a UTF-8 character": bad(csv(b"V1,\xf0\x9f\x98,1,USD,2026-01-01\n" + GOOD), "bad_encoding", 1),
    "an encoded surrogate": bad(csv(b"V1,\xed\xa0\x80,1,USD,2026-01-01\n" + GOOD), "bad_encoding", 1),
    "overlong UTF-8": bad(csv(b"V1,\xc0\xaf,1,USD,2026-01-01\n" + GOOD), "bad_encoding", 1),
    "text behind a closed quote": bad(csv(b'V1,"S"1,1,USD,2026-01-01\n' + GOOD), "bad_quotes", 1),
    "torn in a field": bad(csv(GOOD + b"V1,S1"), "torn_line", 1),
    "torn in a quote": bad(csv(GOOD + b'V1,"S1,1,USD,2026-01-01\n'), "bad_quotes", 1),
    "torn in a quote without an end": bad(csv(GOOD + b'V1,"S1'), "torn_line", 1),
    "one column only": bad(csv(b"x\n", header=b"x\n"), "column_count"),
    "html": bad(zipped(b"<html><body>404</body></html>\n"), "column_count"),
    "not gzip": bad(HEADER + GOOD, "bad_gzip"),
    "zip": bad(b"PK\x03\x04" + b"\0" * 50, "bad_gzip"),
    "two bytes of gzip": bad(b"\x1f\x8b", "truncated_gzip"),
    "gzip cut short": bad(csv(GOOD * 100)[:-12], "truncated_gzip"),
    "gzip with a wrong checksum": bad(csv(GOOD)[:-8] + b"\0" * 8, "bad_gzip"),
    "gzip with a broken middle": bad(zipped(NOISE)[:1000] + b"\0" * 3100, "bad_gzip"),
    "gzip of two members": Case(TWO, 2),
    "gzip with zeros behind": Case(csv(GOOD) + b"\0" * 512, 1),
    "gzip with garbage behind": bad(csv(GOOD) + b"garbage", "bad_gzip"),
    "gzip in gzip": bad(zipped(csv(GOOD)), "torn_line"),
}


def line(**values: Any) -> bytes:
    return json.dumps({"t": "x", **values}, ensure_ascii=False).encode() + b"\n"


def raw(member: str) -> bytes:
    return b'{"t": "x", ' + member.encode() + b"}\n"


JSON = {
    "plain": Case(line(n=1, d=1.10, f=0.1, b=True, day="2026-01-31", at="2026-01-31T00:00:00Z"), 1),
    "empty object": Case(b"{}\n", 1),
    "all null": Case(line(n=None, d=None, at=None, t=None), 1),
    "byte order mark": Case(BOM + line(), 1),
    "blank lines": Case(b"\n  \n" + line() + b"\n", 1),
    "last line without an end": Case(line().rstrip(), 1),
    "member twice": bad(raw('"n": 1, "n": 2'), "duplicate_member"),
    "nested values": Case(line(extra={"a": [1, {"b": None}]}), 1),
    "nested 500 deep": Case(raw('"deep": ' + "[" * 500 + "]" * 500), 1),
    "nested 100,000 deep": bad(raw('"deep": ' + "[" * 100_000 + "]" * 100_000) + line(), "bad_json", 1),
    "an array": bad(b"[1]\n" + line(), "bad_json", 1),
    "a text": bad(b'"x"\n' + line(), "bad_json", 1),
    "a number": bad(b"1\n" + line(), "bad_json", 1),
    "null": bad(b"null\n" + line(), "bad_json", 1),
    "single quotes": bad(b"{'t': 1}\n" + line(), "bad_json", 1),
    "trailing comma": bad(b'{"t": 1,}\n' + line(), "bad_json", 1),
    "comment": bad(b'{"t": 1} // x\n' + line(), "bad_json", 1),
    "two objects on a line": bad(b'{"t": 1} {"t": 2}\n' + line(), "bad_json", 1),
    "pretty printed": bad(b'{\n"t": 1\n}\n', "bad_json", 0, 3),
    "bare newline in a text": bad(b'{"t": "a\nb"}\n', "bad_json", 0, 2),
    "torn": bad(line() + line()[:8], "torn_line", 1),
    "Latin-1": bad(b'{"t": "M\xfcller"}\n' + line(), "bad_encoding", 1),
    "UTF-16": Case(line().decode().encode("utf-16"), 0, {"bad_encoding": 1, "torn_line": 1}),
    "half a surrogate pair": bad(raw('"u": "\\ud800"') + line(), "bad_encoding", 1),
    "half a surrogate pair in a name": bad(raw('"\\udc00": 1') + line(), "bad_encoding", 1),
    "a whole surrogate pair": Case(raw('"u": "\\ud83d\\ude00"'), 1),
    "NUL": Case(raw('"u": "a\\u0000b"'), 1),
    "number as text": Case(line(n="7", d="1.5", f="2.5"), 1),
    "whole number with a point": Case(line(n=3.0), 1),
    "number with an exponent": Case(raw('"d": 1e2'), 1),
    "a fraction as bigint": bad(line(n=3.5), "wrong_type"),
    "beyond bigint": bad(line(n=2**63), "wrong_type"),
    "the largest bigint": Case(line(n=2**63 - 1), 1),
    "words as bigint": bad(line(n="seven"), "wrong_type"),
    "empty text as bigint": bad(line(n=""), "wrong_type"),
    "hexadecimal": bad(line(n="0x10"), "wrong_type"),
    "thousands": bad(line(n="1,000"), "wrong_type"),
    "true as bigint": bad(line(n=True), "wrong_type"),
    "a list as bigint": bad(line(n=[1]), "wrong_type"),
    "too many digits for the decimal": bad(line(d=123456789.00), "wrong_type"),
    "too many places for the decimal": bad(line(d=1.234), "wrong_type"),
    "40 digits": bad(raw('"d": ' + "9" * 40), "wrong_type"),
    "exponent of a million": bad(raw('"d": 1e1000000'), "wrong_type"),
    "decimal comma": bad(line(d="1,20"), "wrong_type"),
    "NaN": bad(raw('"d": NaN'), "bad_json"),
    "Infinity as decimal": bad(raw('"d": Infinity'), "bad_json"),
    "NaN as double": bad(raw('"f": NaN'), "bad_json"),
    "NaN as text": Case(line(f="NaN"), 1),
    "words as double": bad(line(f="fast"), "wrong_type"),
    "2 as boolean": bad(line(b=2), "wrong_type"),
    "yes as boolean": bad(line(b="yes"), "wrong_type"),
    "30 February": bad(line(day="2026-02-30"), "wrong_type"),
    "day zero": bad(line(day="0000-00-00"), "wrong_type"),
    "year 0": bad(line(day="0000-01-01"), "wrong_type"),
    "year 9999": Case(line(day="9999-12-31"), 1),
    "year 10000": bad(line(day="10000-01-01"), "wrong_type"),
    "a day as Americans write it": bad(line(day="01/31/2026"), "wrong_type"),
    "an instant as a day": bad(line(day="2026-01-31T12:00:00Z"), "wrong_type"),
    "yesterday": bad(line(at="yesterday"), "wrong_type"),
    "seconds since 1970": bad(line(at=1767225600), "wrong_type"),
    "month 13": bad(line(at="2026-13-01T00:00:00Z"), "wrong_type"),
    "hour 25": bad(line(at="2026-01-01T25:00:00Z"), "wrong_type"),
    "leap second": bad(line(at="2016-12-31T23:59:60Z"), "wrong_type"),
    "instant of year 10000": bad(line(at="10000-01-01T00:00:00Z"), "wrong_type"),
    "instant of year 0": bad(line(at="0000-01-01T00:00:00Z"), "wrong_type"),
    "an offset": Case(line(at="2026-01-31T00:00:00+05:30"), 1),
    "nanoseconds are cut": Case(line(at="2026-01-31T00:00:00.123456789Z"), 1),
    "a text of a megabyte": Case(line(t="x" * 2**20), 1),
}


def parquet(**columns: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


ONE = parquet(return_id=["R1"], quantity=[1])
PARQUET = {
    "plain": Case(ONE, 1),
    "empty object": Case(b""),
    "no rows": Case(parquet(return_id=pa.array([], pa.string()))),
    "no columns of ours": Case(parquet(other=[1]), 1),
    "smaller integers": Case(parquet(quantity=pa.array([1], pa.uint8())), 1),
    "whole decimals as bigint": Case(parquet(quantity=pa.array([Decimal("1.00")])), 1),
    "fractions as bigint": bad(parquet(quantity=pa.array([Decimal("1.50"), Decimal("2.00")])), "wrong_type", 1),
    "text as bigint": bad(parquet(quantity=["1", "2"]), "wrong_type", 0, 2),
    "bigint as text": bad(parquet(return_id=[1]), "wrong_type"),
    "beyond bigint": bad(parquet(quantity=pa.array([2**64 - 1], pa.uint64())), "wrong_type"),
    "nanoseconds": Case(parquet(returned_at=pa.array([1], pa.timestamp("ns"))), 1),
    "instant beyond the calendar": bad(parquet(returned_at=pa.array([2**62], pa.timestamp("us"))), "wrong_type"),
    "Latin-1 in a text column": bad(parquet(reason=pa.array([b"M\xfcller"]).view(pa.string())), "wrong_type"),
    "dictionary": Case(parquet(reason=pa.array(["x"]).dictionary_encode()), 1),
    "nested": Case(parquet(more=[{"a": [1]}]), 1),
    "column of nothing": Case(parquet(quantity=pa.nulls(1)), 1),
    "cut short": bad(ONE[:-10], "bad_parquet"),
    "no end": bad(ONE[:20], "bad_parquet"),
    "magic number alone": bad(b"PAR1", "bad_parquet"),
    "csv": bad(HEADER + GOOD, "bad_parquet"),
    "encrypted footer": bad(b"PARE" + ONE[4:-4] + b"PARE", "bad_parquet"),
}
NAMES = {
    "quotes": 'o\'brien "x".csv.gz',
    "newline": "a\nb.csv.gz",
    "number signs": "a#b#1.csv.gz",
    "percent": "100%25 %s {}.csv.gz",
    "emoji": "😀.csv.gz",
    "sql": "x'; drop table y; --.csv.gz",
    "shell": "$(touch x)`ls`;&.csv.gz",
    "backslash": "a\\..\\b.csv.gz",
    "dots": "..a..csv.gz",
    "blanks": "  .csv.gz",
    "long": "x" * 200 + ".csv.gz",
}


@dataclass
class Loaded:
    """What became of each file of a table."""

    rows: list[dict[str, Any]]
    aside: list[dict[str, Any]]

    def of(self, file: str) -> tuple[int, Counter[str]]:
        landed = sum(row["_file"] == file for row in self.rows)
        own = [
            row["rule"] for row in self.aside if row["position"].rpartition(":")[0] == file or row["position"] == file
        ]
        return landed, Counter(own)


Load = Callable[[Table], LoadResult]


@pytest.fixture(scope="module")
def load_files(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Loads a table of vendor files from a bucket that holds every case."""
    bucket = tmp_path_factory.mktemp("bucket")
    for folder, end, cases in (("csv", "csv.gz", CSV), ("json", "jsonl", JSON), ("parquet", "parquet", PARQUET)):
        (bucket / folder).mkdir()
        for number, case in enumerate(cases.values()):
            (bucket / folder / f"{number}.{end}").write_bytes(case.content)
    (bucket / "names").mkdir()
    for name in NAMES.values():
        (bucket / "names" / name).write_bytes(csv(GOOD))
    (bucket / "names" / "x.docx").write_bytes(b"x")
    reader = FilesReader("vendor_files", Folder("vendor_files", bucket))
    return lambda table: load(SOURCE, reader, table, settings, "run-1")


def loaded(settings: Settings, load_files: Load, table: Table) -> Loaded:
    result = load_files(table)
    assert result.entry is not None
    lake = Lake(settings)
    name = f"vendor_files__{table.name}"
    assert load_files(table).entry is None, "an object is loaded once"
    return Loaded(lake.rows(name), lake.rows(f"{name}__quarantine"))


@pytest.fixture(scope="module")
def csv_files(settings: Settings, load_files: Load) -> Loaded:
    return loaded(settings, load_files, replace(PRICES, path="csv/*"))


@pytest.fixture(scope="module")
def json_files(settings: Settings, load_files: Load) -> Loaded:
    return loaded(settings, load_files, replace(TYPED, path="json/*"))


@pytest.fixture(scope="module")
def parquet_files(settings: Settings, load_files: Load) -> Loaded:
    return loaded(settings, load_files, replace(RETURNS, path="parquet/*"))


@pytest.fixture(scope="module")
def named_files(settings: Settings, load_files: Load) -> Loaded:
    return loaded(settings, load_files, replace(PRICES, name="named", path="names/*"))


def lands_as_told(found: Loaded, file: str, case: Case) -> None:
    assert found.of(file) == (case.landed, Counter(case.rules or {}))


@pytest.mark.parametrize("case", CSV)
def test_csv(csv_files: Loaded, case: str) -> None:
    lands_as_told(csv_files, f"csv/{list(CSV).index(case)}.csv.gz", CSV[case])


@pytest.mark.parametrize("case", JSON)
def test_json(json_files: Loaded, case: str) -> None:
    lands_as_told(json_files, f"json/{list(JSON).index(case)}.jsonl", JSON[case])


@pytest.mark.parametrize("case", PARQUET)
def test_parquet(parquet_files: Loaded, case: str) -> None:
    lands_as_told(parquet_files, f"parquet/{list(PARQUET).index(case)}.parquet", PARQUET[case])


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_of_objects_are_data(named_files: Loaded, name: str) -> None:
    lands_as_told(named_files, f"names/{name}", Case(b"", 1))


def test_a_format_that_is_not_read_is_kept_out(named_files: Loaded) -> None:
    lands_as_told(named_files, "names/x.docx", bad(b"", "unknown_format"))


VALUES: dict[str, tuple[str, Any, Any]] = {
    "null key": ("id", None, "null_key"),
    "empty key": ("id", "", ""),
    "null cursor": ("updated_at", None, "null_cursor"),
    "cursor before 1970": ("updated_at", datetime(1900, 1, 1, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC)),
    "emoji": ("note", "😀", "😀"),
    "quotes": ("note", 'it\'s "x"', 'it\'s "x"'),
    "newlines and tabs": ("note", "a\r\n\tb", "a\r\n\tb"),
    "byte order mark": ("note", "\ufeffx", "\ufeffx"),
    "NUL": ("note", "a\0b", "a\0b"),
    "empty text": ("note", "", ""),
    "blanks": ("note", "  ", "  "),
    "a megabyte": ("note", "x" * 2**20, "x" * 2**20),
    "Latin-1": ("note", b"M\xfcller", "bad_encoding"),
    "right to left": ("note", "\u202eabc", "\u202eabc"),
    "not the declared type": ("amount", "dear", "wrong_type"),
    "a digit too many": ("amount", "1.234", "wrong_type"),
    "too large": ("amount", "12345678.00", "wrong_type"),
    "negative": ("amount", "-1.5", Decimal("-1.50")),
    "exponent": ("amount", "1E+2", Decimal("100.00")),
    "30 February": ("day", "2026-02-30", "wrong_type"),
    "infinity": ("day", "infinity", "wrong_type"),
    "year 1": ("day", "0001-01-01", date(1, 1, 1)),
}
WEIRD = {
    'x"; drop table y; --': "x___drop_table_y____",
    "it's": "it_s",
    "Größe": "gr__e",
    "😀": "_",
    "select": "select",
    "a b": "a_b",
    "1st": "_1st",
    "": "_",
    "{braces}": "_braces_",
    "a.b": "a_b",
}


@pytest.fixture(scope="module")
def window(settings: Settings) -> Loaded:
    """One window with a row for each case: its id is the case's name, and so is that of rows without an id."""
    cases = list(VALUES.items())

    def column(name: str, other: Callable[[int, str], Any]) -> list[Any]:
        return [value if of == name else other(n, case) for n, (case, (of, value, _)) in enumerate(cases)]

    notes = [text.encode() if isinstance(text, str) else text for text in column("note", lambda *_: "n")]
    rows = pa.table(
        {
            "Id": pa.array(column("id", lambda _, case: case), pa.string()),
            "UpdatedAt": pa.array(column("updated_at", lambda n, _: at(n)), INSTANT),
            "Note": pa.array(notes, pa.binary()).view(pa.string()),
            "Amount": pa.array(column("amount", lambda *_: "1"), pa.string()),
            "Day": pa.array(column("day", lambda *_: "2026-01-01"), pa.string()),
            "Case": pa.array([case for case, _ in cases]),
        }
    )
    lake = Lake(settings)
    columns = {"Amount": "decimal(9,2)", "Day": "date"}
    lake.load(Memory(rows), Table("Orders", key=("Id",), cursor="UpdatedAt", columns=columns))
    return Loaded(lake.rows(), lake.quarantine())


def received(row: dict[str, Any]) -> bytes:
    return base64.b64decode(row["payload"]) if row["encoding"] == "base64" else row["payload"].encode()


@pytest.mark.parametrize("case", VALUES)
def test_values_of_a_window(window: Loaded, case: str) -> None:
    column, _, expected = VALUES[case]
    landed = [row[column] for row in window.rows if row["case"] == case]
    rules = [row["rule"] for row in window.aside if f'"case": "{case}"'.encode() in received(row)]
    is_rule = expected in ("null_key", "null_cursor", "wrong_type", "bad_encoding")
    assert (landed, rules) == (([], [expected]) if is_rule else ([expected], []))


@pytest.mark.parametrize("name", [name for name in WEIRD if name])
def test_names_of_columns_are_data(settings: Settings, weird: list[str], name: str) -> None:
    assert WEIRD[name] in weird


@pytest.fixture(scope="module")
def weird(settings: Settings) -> list[str]:
    """The columns of a table whose source has odd names; of two that become one, one is left out."""
    odd = {name: ["v"] for name in WEIRD if name not in ("", "a.b")}
    lake = Lake(settings)
    lake.load(Memory(orders(("a", 1), **odd)), Table("Weird", key=("Id",), cursor="UpdatedAt"))
    assert {row["_"] for row in lake.rows("memory__weird")} == {"v"}
    return [field.name for field in lake.delta("memory__weird").schema().fields]


@pytest.mark.parametrize(
    ("columns", "key", "said"),
    [
        ({"aB": ["x"], "a_b": ["y"]}, "Id", "'aB', 'a_b' are all called a_b"),
        ({"a.b": ["x"], "a b": ["y"]}, "Id", "are all called a_b"),
        ({"ID": ["x"]}, "Id", "'Id', 'ID' are all called id"),
        (
            {"_VERSION": ["x"], "_version__source": ["y"]},
            "Id",
            "column _version, as bronze adds itself, and has",
        ),
        ({}, "OrderNo", "there is no column order_no, which the table's spec names as key or cursor"),
    ],
)
def test_what_is_wrong_with_a_whole_table_stops_its_load(
    settings: Settings, columns: dict[str, list[str]], key: str, said: str
) -> None:
    table = Table("Stopped", key=(key,), cursor="UpdatedAt")
    with pytest.raises(ContractViolation, match="memory__stopped") as error:
        Lake(settings).load(Memory(orders(("a", 1), **columns)), table)
    assert said in str(error.value)
    assert not (Path(settings.bronze) / "memory__stopped").exists()


def test_there_are_at_least_a_hundred_of_them() -> None:
    assert sum(map(len, (CSV, JSON, PARQUET, NAMES, VALUES, WEIRD))) >= 100
