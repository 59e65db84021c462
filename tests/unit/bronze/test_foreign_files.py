"""Files as vendors send them, from the drop to bronze, cell by cell against the csv and json modules."""

import csv
import gzip
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ingestion.protocols.files.store import Folder
from ingestion.sources.vendor_files import FilesReader
from ingestion.spec import Table
from tests.unit.bronze.memory import Lake

COLUMNS = {
    "Station Name": "station_name",
    "Culmen Length (mm)": "culmen_length__mm_",
    "lifeExp": "life_exp",
    "Date": "date",
    "1952": "_1952",
    **{f"wide {number}": f"wide_{number}" for number in range(60)},
}
ROWS = [
    ['Curaçao, "Hato"', "39.10", "NA", "1/1/85", "", *map(str, range(60))],
    ["two\nlines", "", "28.801", "2016-06-29", " 7 ", *[""] * 60],
    ["😀", "1e3", "007", "29-Feb-2015", "-0", *["É"] * 60],
]
OBJECTS = [
    {"Name": "Żółw", "lifeExp": 28.801, "nested": {"é": [1.10, None, {"deep": True}]}, "flag": False},
    {"Name": None, "lifeExp": 12345678901234567890, "nested": [], "other": "NA"},
]


def written(rows: Sequence[Sequence[str]], end: str = "\n") -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows([list(COLUMNS), *rows])
    return text.getvalue().encode()


def loaded(lake: Lake, drop: Path, files: dict[str, bytes], ending: str) -> list[dict[str, Any]]:
    """The rows that bronze holds of these files."""
    for name, content in files.items():
        (drop / name).write_bytes(content)
    table = Table("Files", key=("_file", "_file_row"), kind="files", path=f"*{ending}*")
    reader = FilesReader("vendor_files", Folder("vendor_files", drop))
    result = lake.load(reader, table)
    assert (result.error, lake.load(reader, table).entry) == (None, None)
    return sorted(lake.rows("memory__files"), key=lambda row: (row["_file"], row["_file_row"]))


def test_every_cell_of_csv_files_is_what_the_csv_module_reads_and_other_files_are_quarantined(
    lake: Lake, tmp_path: Path
) -> None:
    good = {
        "bom.csv": b"\xef\xbb\xbf" + written(ROWS),
        "crlf.csv": written(ROWS, end="\r\n"),
        "packed.csv.gz": gzip.compress(written(ROWS)),
        "plain.csv": written(ROWS),
    }
    bad = {
        "cr.csv": (written(ROWS[2:], end="\r"), "bad_header"),
        "latin.csv": (written(ROWS[2:]).decode().replace("😀", "").encode("latin-1"), "bad_encoding"),
        "ragged.csv": (written([[*ROWS[2], "more"]]), "column_count"),
        "repeated.csv": (written(ROWS[2:]).replace(b"wide 1,", b"wide 0,"), "bad_header"),
        "semicolon.csv": (written(ROWS[2:]).replace(b",", b";"), "bad_header"),
        "spelled.csv": (written(ROWS[2:]).replace(b"wide 1,", b"Wide_0,"), "colliding_names"),
    }
    rows = loaded(lake, tmp_path, good | {name: content for name, (content, _) in bad.items()}, ".csv")
    found = [(row["_file"], [row[name] for name in COLUMNS.values()]) for row in rows]
    expected = list(csv.reader(io.StringIO(written(ROWS).decode(), newline="")))[1:]
    assert found == [(name, cells) for name in good for cells in expected]
    rules = [(row["position"].split(":")[0], row["rule"]) for row in lake.rows("memory__files__quarantine")]
    assert sorted(rules) == [(name, rule) for name, (_, rule) in bad.items()]


def test_every_member_of_json_lines_is_what_the_json_module_reads(lake: Lake, tmp_path: Path) -> None:
    content = b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\r\n" for one in OBJECTS)
    twice = b'{"Name": "a", "Name": "b"}\n'
    files = {"a.jsonl": content + twice, "b.jsonl.gz": gzip.compress(content), "c.jsonl": json.dumps(OBJECTS).encode()}
    rows = loaded(lake, tmp_path, files, ".jsonl")
    assert [row["_file"] for row in rows] == ["a.jsonl"] * 2 + ["b.jsonl.gz"] * 2
    for row, one in zip(rows, OBJECTS * 2, strict=True):
        texts = [row[name] for name in ("name", "life_exp", "nested", "flag", "other")]
        values = [one.get(name) for name in ("Name", "lifeExp", "nested", "flag", "other")]
        assert [text if text is None or isinstance(value, str) else json.loads(text) for text, value in
                zip(texts, values, strict=True)] == values  # fmt: skip
    rules = [(row["position"], row["rule"]) for row in lake.rows("memory__files__quarantine")]
    assert sorted(rules) == [("a.jsonl:3", "duplicate_member"), ("c.jsonl:1", "bad_json")]
