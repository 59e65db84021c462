"""Rows and files of any size take bounded memory, and say where the rest is."""

import gzip
import hashlib
import io
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from ingestion.protocols.files.formats import Bad, Row, one_by_one, parse_file
from ingestion.sources.vendor_files import SOURCE

PRICES, SHIPMENTS, _ = SOURCE.tables
HEADER = b"vendor_id,sku,unit_cost,currency,valid_from\n"
GOOD = b"V1,S1,1.50,USD,2026-01-01\n"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test can reach quickly."""
    for module in ("line_limits", "formats"):
        monkeypatch.setattr(f"ingestion.protocols.files.{module}.ROW_BYTES", 1000)
        monkeypatch.setattr(f"ingestion.protocols.files.{module}.KEPT_BYTES", 100)
    monkeypatch.setattr(
        "ingestion.protocols.files.fast_parse.LARGEST", 400
    )  # a chunk at once is shorter than the longest row
    monkeypatch.setattr("ingestion.protocols.files.fast_parse.SMALLEST", 100)


def parsed(name: str, content: bytes) -> list[Row | Bad]:
    parts = parse_file(io.BytesIO(content), name, PRICES if "csv" in name else SHIPMENTS)
    return [row for part in parts for row in one_by_one(part)]


@pytest.mark.parametrize(
    "long",
    [b'V1,"' + b"x" * 5000 + b'",1,USD,2026-01-01\n', b'V1,"' + b"x\n" * 2500 + b'",1,USD,\n', b"y" * 3000 + b"\n"],
    ids=["one line", "many lines", "no quotes"],
)
def test_a_csv_record_that_is_too_long_is_kept_out_and_its_neighbours_land(long: bytes) -> None:
    first, bad, last = parsed("a.csv", HEADER + GOOD + long + GOOD)
    assert isinstance(bad, Bad)
    assert (bad.number, bad.rule, bad.raw, bad.is_cut) == (2, "row_too_large", long[:100].rstrip(), True)
    assert f"{len(long)} bytes" in bad.message
    assert hashlib.sha256(long).hexdigest() in bad.message
    assert (first.number, last.number, type(last)) == (1, 3, Row)


def test_after_a_quote_that_is_never_closed_nothing_is_taken_for_a_row() -> None:
    rest = b'V1,"open' + GOOD * 100
    first, bad = parsed("a.csv", HEADER + GOOD + rest)
    assert (first.number, bad.rule) == (1, "row_too_large")
    assert hashlib.sha256(rest).hexdigest() in bad.message


def test_a_csv_header_that_is_too_long_makes_the_file_none() -> None:
    [bad] = parsed("a.csv", b"h," * 5000)
    assert (bad.number, bad.rule, len(bad.raw)) == (None, "bad_header", 100)


def test_a_json_line_that_is_too_long_is_kept_out_and_its_neighbours_land() -> None:
    long = b'{"sku": "' + b"x" * 5000 + b'"}\n'
    first, bad, last = parsed("a.jsonl", b'{"sku": "S1"}\n' + long + b'{"sku": "S3"}')
    assert (bad.number, bad.rule, len(bad.raw)) == (2, "row_too_large", 100)
    assert hashlib.sha256(long).hexdigest() in bad.message
    assert (first.number, last.number, last.values) == (1, 3, {"sku": "S3"})


def test_the_longest_row_is_a_row() -> None:
    line = b'{"sku": "%s"}\n' % (b"x" * (1000 - 12))
    assert len(line) == 1000
    assert [type(row) for row in parsed("a.jsonl", line + line)] == [Row, Row]


def test_of_a_broken_file_the_beginning_the_size_and_the_digest_are_kept() -> None:
    content = gzip.compress(bytes(range(256)) * 40, 0)[:-20]
    [bad] = parsed("a.csv.gz", content)
    assert (bad.rule, bad.raw) == ("truncated_gzip", content[:100])
    assert f"{len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}, of which the first 100" in bad.message


MEASURE = """
import resource, sys
from pathlib import Path
import ingestion.bronze.load
from ingestion.protocols.files.formats import parse_file
from ingestion.sources.vendor_files import SOURCE

def peak():
    status = Path("/proc/self/status")  # where there is one: Linux's ru_maxrss begins with the parent's
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**20

before = peak()
with open(sys.argv[1], "rb") as file:
    rules = [part.rule for part in parse_file(file, sys.argv[1], SOURCE.tables[int(sys.argv[2])])]
print(rules, peak() - before)
"""


def packed(path: Path, megabytes: int) -> None:
    packer = zlib.compressobj(1, wbits=31)
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(packer.compress(b"0" * 2**20))
        file.write(packer.flush())


@pytest.mark.parametrize(
    ("name", "table", "rule"),
    [
        ("a.jsonl.gz", 1, "row_too_large"),
        ("a.csv.gz", 0, "bad_header"),
        ("unclosed.csv", 0, "row_too_large"),
        ("a.jsonl", 1, "row_too_large"),
    ],
)
def test_300_megabytes_in_one_row_need_no_300_megabytes(tmp_path: Path, name: str, table: int, rule: str) -> None:
    path = tmp_path / name
    if name.endswith(".gz"):
        packed(path, 300)
    else:
        with path.open("wb") as file:
            file.write(HEADER + b'V1,"' if table == 0 else b"")
            file.truncate(300 * 2**20)
    told = subprocess.check_output([sys.executable, "-c", MEASURE, str(path), str(table)], text=True)
    rules, megabytes = told.rsplit(" ", 1)
    assert rules == f"['{rule}']"
    assert int(megabytes) < 200, megabytes
