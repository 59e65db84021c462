"""Whatever dies when: the next load brings every row exactly once."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.bronze import load as loading
from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.errors import BronzeError, ConcurrentLoad, CountMismatch
from ingestion.bronze.load_log import Entry, Loads
from ingestion.bronze.package import Package
from ingestion.bronze.quarantine.cleanup import fence
from ingestion.spec import Table
from tests.unit.bronze.memory import Files, Lake, Memory, orders
from tests.unit.bronze.test_files import prices

PLAIN = Table("Orders", key=("Id",), cursor="UpdatedAt")


class Killed(BaseException):
    """Nothing in the code under test can catch it, as nothing catches SIGKILL."""


def kill(*_: object) -> None:
    raise Killed


@pytest.fixture
def reader() -> Memory:
    return Memory(orders(("a", 1), (None, 2), ("b", 3)))


def die_before_the_table_s_commit(monkeypatch: pytest.MonkeyPatch, then: Callable[..., None] = kill) -> None:
    append = Bronze.append

    def dying(self: Bronze, columns, commit) -> None:
        if not self.uri.endswith("__quarantine"):
            monkeypatch.setattr(Bronze, "append", append)
            then()
        append(self, columns, commit)

    monkeypatch.setattr(Bronze, "append", dying)


def assert_all_there(lake: Lake) -> None:
    assert lake.values() == ["a", "b"]
    assert [row["rule"] for row in lake.quarantine()] == ["null_key"]
    [load] = lake.loads()
    assert (load["rows_read"], load["rows_landed"], load["rows_quarantined"]) == (3, 2, 1)


def test_death_between_quarantine_and_table(lake: Lake, reader: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    die_before_the_table_s_commit(monkeypatch)
    with pytest.raises(Killed):
        lake.load(reader)
    assert len(lake.quarantine()) == 1
    lake.load(reader)
    assert_all_there(lake)


def test_death_between_the_commits_of_a_later_load(lake: Lake, reader: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.load(reader)
    reader.rows = orders(("a", 1), (None, 2), ("b", 3), (None, 14), ("c", 15))
    die_before_the_table_s_commit(monkeypatch)
    with pytest.raises(Killed):
        lake.load(reader)
    lake.load(reader)
    assert lake.values() == ["a", "b", "c"]
    assert lake.values("position", "memory__orders__quarantine") == [
        "updated_at=2026-10-01T00:00:02.000000Z id=None",
        "updated_at=2026-10-01T00:00:14.000000Z id=None",
    ]


@pytest.mark.parametrize("keep_folder", [True, False])
def test_death_with_a_package_pending(lake: Lake, reader: Memory, keep_folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """dlt would load the package first; by then its window may be stale."""
    with monkeypatch.context() as patch:
        patch.setattr("ingestion.bronze.package.Package.commit", kill)
        with pytest.raises(Killed):
            lake.load(reader)
    working = lake.settings.home / "dlt" / "pipelines" / "memory__orders"
    assert list((working / "load" / "normalized").iterdir())
    if not keep_folder:
        shutil.rmtree(working)
    reader.rows = orders(("a", 1), (None, 2), ("b", 3))
    lake.load(reader)
    assert_all_there(lake)


def test_death_before_the_row_in_loads(lake: Lake, reader: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Loads, "add", kill)
        with pytest.raises(Killed):
            lake.load(reader)
    assert lake.load(reader).entry is None
    assert_all_there(lake)


def test_loads_can_be_lost(lake: Lake, reader: Memory) -> None:
    lake.load(reader)
    [told] = lake.loads()
    shutil.rmtree(Path(lake.settings.bronze) / "loads")
    lake.load(reader)
    assert lake.loads() == [told]


def test_a_load_of_long_ago_is_told_again(lake: Lake, reader: Memory) -> None:
    lake.load(reader)
    [told] = lake.loads()
    place = Bronze(f"{lake.settings.bronze}/memory__orders", "memory.orders")
    for _ in range(60):
        fence(place, {})
    shutil.rmtree(Path(lake.settings.bronze) / "loads")
    lake.load(reader)
    assert lake.loads() == [told]


def test_a_reader_that_fails_commits_nothing(lake: Lake, reader: Memory) -> None:
    def fail() -> None:
        raise OSError("connection reset")

    reader.while_reading = fail
    with pytest.raises(BronzeError, match="memory__orders: OSError: connection reset"):
        lake.load(reader)
    assert not Path(lake.settings.root).exists() or not list(Path(lake.settings.bronze).glob("memory*"))


def test_counts_that_do_not_add_up_stop_the_load(lake: Lake, reader: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.bronze.package.data_files.rows", lambda action: 1)
    with pytest.raises(CountMismatch, match="3 rows read, 1 landed, 1 quarantined, 0 already there"):
        lake.load(reader)
    assert not list(Path(lake.settings.bronze).glob("memory*/_delta_log"))


def elsewhere(lake: Lake) -> Lake:
    """The same lake from another machine: no lock is shared."""
    return Lake(replace(lake.settings, home=lake.settings.home.with_name("other")))


def in_a_thread(work: Callable[[], object]) -> None:
    """As another process would: dlt's context belongs to a thread."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


@pytest.mark.parametrize("first", [True, False])
def test_of_two_loads_at_once_one_is_refused(lake: Lake, reader: Memory, first) -> None:
    if not first:
        lake.load(reader, PLAIN)
        reader.rows = orders(("a", 1), (None, 2), ("b", 3), (None, 4), ("c", 5), New=[None] * 4 + ["n"])
    rival = Memory(reader.rows)
    reader.while_reading = lambda: in_a_thread(lambda: elsewhere(lake).load(rival, PLAIN))
    with pytest.raises(ConcurrentLoad, match=r"memory__orders.*another load of this table committed first"):
        lake.load(reader, PLAIN)
    assert lake.load(rival, PLAIN).entry is None
    assert lake.values() == (["a", "b"] if first else ["a", "b", "c"])
    assert len(lake.quarantine()) == (1 if first else 2)


def test_on_one_machine_the_second_load_does_not_even_start(lake: Lake, reader: Memory) -> None:
    reader.while_reading = lambda: lake.load(Memory(reader.rows)) and None
    with pytest.raises(ConcurrentLoad, match="another load of this table is running on this machine"):
        lake.load(reader)


@pytest.mark.parametrize("first", [True, False])
def test_a_slow_load_that_was_swept_up_cannot_commit(lake: Lake, reader: Memory, first, monkeypatch) -> None:
    """Between its two commits, another machine takes it for dead and fails too: its quarantine is gone by now."""
    if not first:
        lake.load(Memory(orders(("z", 0))), PLAIN)

    def another() -> None:
        rival = Memory(reader.rows)
        rival.while_reading = kill
        with pytest.raises(Killed):
            in_a_thread(lambda: elsewhere(lake).load(rival, PLAIN))

    die_before_the_table_s_commit(monkeypatch, another)
    with pytest.raises(ConcurrentLoad):
        lake.load(reader, PLAIN)
    lake.load(reader, PLAIN)
    assert lake.values() == (["a", "b"] if first else ["a", "b", "z"])
    assert len(lake.quarantine()) == 1


def test_bad_rows_of_a_dead_load_are_swept_though_another_load_came_after_it(lake: Lake, monkeypatch) -> None:
    """The other one has a later instant and no bad rows: it knows nothing of the quarantine that is committed next."""
    table = Table("Orders", key=("sku",), kind="files", path="prices/*.csv")
    reader = Files({"prices/1.csv": prices("s1"), "prices/2.csv": prices(None)})
    commit = Package.commit

    def overtaken(self: Package, load_id: str) -> Entry:
        monkeypatch.setattr(Package, "commit", commit)
        monkeypatch.setenv("LAKEHOUSE_NOW", "2026-10-16T23:00:00Z")
        in_a_thread(lambda: elsewhere(lake).load(Files({"prices/1.csv": prices("s1")}), table))
        die_before_the_table_s_commit(monkeypatch)
        return commit(self, load_id)

    monkeypatch.setattr(Package, "commit", overtaken)
    with pytest.raises(Killed):
        lake.load(reader, table)
    lake.load(reader, table)
    assert lake.values("sku") == ["s1"]
    assert len(lake.quarantine()) == 1


def test_dlt_keeps_no_copy_of_the_data_and_no_state(lake: Lake, reader: Memory) -> None:
    lake.load(reader)
    working = loading.pipelines_folder(lake.settings) / "memory__orders"
    assert len(list((working / "load" / "loaded").iterdir())) == 1
    assert not list(working.rglob("*.parquet"))
    assert not list(working.rglob("_dlt_pipeline_state*"))


def test_dlt_by_hand_can_look_but_not_load(lake: Lake, reader: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    import dlt

    with monkeypatch.context() as patch:
        patch.setattr("ingestion.bronze.package.Package.commit", kill)
        with pytest.raises(Killed):
            lake.load(reader)
    pipelines = loading.pipelines_folder(lake.settings)
    pipeline = dlt.attach("memory__orders", pipelines_dir=str(pipelines))
    assert pipeline.dataset_name == "bronze"
    assert len(pipeline.list_normalized_load_packages()) == 1
    with pytest.raises(Exception, match="lakehouse ingest"):
        pipeline.load()


def test_an_answer_lost_on_the_way_does_not_undo_the_commit(lake: Lake, reader: Memory, monkeypatch) -> None:
    """A store takes the commit, the answer is lost, and the second try collides with the first."""
    append = Bronze.append

    def committing_twice(self: Bronze, columns, commit) -> None:
        append(self, columns, commit)
        if not self.uri.endswith("__quarantine"):
            raise ConcurrentLoad("the commit is there already")

    monkeypatch.setattr(Bronze, "append", committing_twice)
    lake.load(reader)
    assert_all_there(lake)
