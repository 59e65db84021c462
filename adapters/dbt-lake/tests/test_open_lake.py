"""Asking a lake without dbt."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from dbt.adapters.lake.errors import LakeError, LakeLocked, NameRefused
from dbt.adapters.lake.folder import Folder, Name
from dbt.adapters.lake.lock import lock_of
from dbt.adapters.lake.session import open_lake
from deltalake import write_deltalake


def test_rows_come_as_arrow_with_instants_in_utc(tmp_path: Path) -> None:
    instant = datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
    write_deltalake(tmp_path / "bronze/t", pa.table({"at": pa.array([instant], pa.timestamp("us", "UTC"))}))
    rows = open_lake(str(tmp_path)).sql("select at from bronze.t")
    assert rows.schema.field("at").type == pa.timestamp("us", "UTC")
    assert rows["at"].to_pylist() == [instant]


def test_what_appeared_since_is_seen_when_it_is_opened_again(tmp_path: Path) -> None:
    assert open_lake(str(tmp_path)).sql("select 1 as one").to_pylist() == [{"one": 1}]
    write_deltalake(tmp_path / "bronze/t", pa.table({"id": [1]}))
    assert open_lake(str(tmp_path)).sql("select id from bronze.t").to_pylist() == [{"id": 1}]


def test_it_says_what_there_is_and_which_files_a_query_reads_beside_it(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "lake/gold/t", pa.table({"id": [1]}))
    (tmp_path / "rows.csv").write_text("id\n1\n")
    with open_lake(str(tmp_path / "lake")) as lake:
        assert lake.relations() == {("gold", "t")}
        assert lake.files("select id from gold.t") == []
        assert lake.files("show tables in gold") == []
        assert lake.files(f"select * from csv.`{tmp_path}/rows.csv`") == [f"file://{tmp_path}/rows.csv"]


def test_it_is_for_reading_unless_it_was_asked_to_write(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "gold/t", pa.table({"id": [1, 2]}))
    with open_lake(str(tmp_path)) as lake, pytest.raises(LakeError, match="reading"):
        lake.sql("delete from gold.t where id = 1")
    with open_lake(str(tmp_path), lock="gold") as lake:
        lake.sql("delete from gold.t where id = 1")
        assert lake.sql("select id from gold.t").to_pylist() == [{"id": 2}]
        assert not lock_of(Folder(str(tmp_path)), "gold").attempt()
    lock = lock_of(Folder(str(tmp_path)), "gold")
    assert lock.attempt()
    with open_lake(str(tmp_path), lock="gold") as lake, pytest.raises(LakeLocked, match="is held by"):
        lake.sql("drop table gold.t")
    lock.release()


@pytest.mark.parametrize("name", [("..", "t"), ("gold", "../../t"), ("gold", "_t"), ("gold", "a/b"), ("", "t")])
def test_names_that_could_lead_out_of_the_lake_are_refused(tmp_path: Path, name: tuple[str, str]) -> None:
    with pytest.raises(NameRefused):
        Folder(str(tmp_path)).path(Name(*name))


def test_a_link_out_of_the_lake_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "lake/gold").mkdir(parents=True)
    (tmp_path / "lake/gold/t").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NameRefused, match="link"):
        Folder(str(tmp_path / "lake")).path(Name("gold", "t"))
