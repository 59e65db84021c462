"""Bronze on S3 keeps the promises it keeps on a disk, and the catalogue heals."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest

from ingestion.bronze.delta.storage import storage_options
from ingestion.bronze.errors import ConcurrentLoad, LakeUnavailable
from ingestion.bronze.glue import COMMENTS, Catalog, CatalogUnavailable, register
from ingestion.settings import Settings
from tests.unit.bronze.memory import Files, Lake, Memory, orders
from tests.unit.bronze.test_crashes import PLAIN, Killed, die_before_the_table_s_commit, elsewhere, in_a_thread
from tests.unit.bronze.test_files import PRICES, prices

TABLES = ["memory__orders", "memory__orders__quarantine", "loads"]


@pytest.fixture
def lake(services: Settings, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    """An empty lake in a bucket of its own, with schemas of its own in Glue; without leases, which would keep loads
    apart before the lake has to."""
    monkeypatch.setenv("LAKEHOUSE_NOW", "2026-10-15T23:00:00Z")
    monkeypatch.delenv("DLT_DATA_DIR")
    bucket = f"bronze-{uuid.uuid4()}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    prefix = f"t{uuid.uuid4().hex[:8]}_"
    return Lake(
        replace(
            services, home=tmp_path / "home", root=f"s3://{bucket}/lake", prefix=prefix, catalog="glue", leases="file"
        )
    )


def test_windows_overlaps_and_new_columns(lake: Lake) -> None:
    reader = Memory(orders(("a", 1), (None, 2), ("b", 3)))
    assert (lake.load(reader).landed, lake.load(reader).entry) == (2, None)
    reader.rows = orders(("a", 1), (None, 2), ("late", 2), ("b", 3), ("c", 5), New=[None] * 4 + ["n"])
    assert lake.load(reader).landed == 2
    assert lake.values() == ["a", "b", "c", "late"]
    assert [load["rows_already_there"] for load in lake.loads()] == [0, 3]


def test_files(lake: Lake) -> None:
    reader = Files({"prices/a b#é.csv": prices("s1", "s2")})
    assert (lake.load(reader, PRICES).landed, lake.load(reader, PRICES).entry) == (2, None)


@pytest.mark.parametrize("first", [True, False])
def test_death_between_the_commits(lake: Lake, first, monkeypatch: pytest.MonkeyPatch) -> None:
    if not first:
        lake.load(Memory(orders(("z", 0))), PLAIN)
    reader = Memory(orders(("a", 1), (None, 2), ("b", 3)))
    die_before_the_table_s_commit(monkeypatch)
    with pytest.raises(Killed):
        lake.load(reader, PLAIN)
    lake.load(reader, PLAIN)
    assert lake.values() == (["a", "b"] if first else ["a", "b", "z"])
    assert len(lake.quarantine()) == 1


@pytest.mark.parametrize("first", [True, False])
def test_of_two_loads_at_once_one_is_refused(lake: Lake, first) -> None:
    if not first:
        lake.load(Memory(orders(("z", 0))), PLAIN)
    reader = Memory(orders(("a", 1), (None, 2), ("b", 3)))
    rival = Memory(reader.rows)
    reader.while_reading = lambda: in_a_thread(lambda: elsewhere(lake).load(rival, PLAIN))
    with pytest.raises(ConcurrentLoad):
        lake.load(reader, PLAIN)
    assert lake.values() == (["a", "b"] if first else ["a", "b", "z"])
    assert len(lake.quarantine()) == 1


def test_glue_knows_every_table_and_learns_new_columns(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), (None, 2))))
    assert register(lake.settings, "bronze", TABLES) == TABLES
    assert register(lake.settings, "bronze", TABLES) == []
    lake.load(Memory(orders(("a", 1), (None, 2), ("b", 3), New=[None, None, 1.5])))
    assert register(lake.settings, "bronze", TABLES) == ["memory__orders"]
    entry = boto3.client("glue").get_table(DatabaseName=f"{lake.settings.prefix}bronze", Name="memory__orders")["Table"]
    columns = {column["Name"]: column for column in entry["StorageDescriptor"]["Columns"]}
    assert list(columns) == [field.name for field in lake.delta().schema().fields]
    assert (columns["new"]["Type"], columns["_ingest_date"]["Type"], columns["_version"]["Type"]) == (
        "double",
        "date",
        "bigint",
    )
    assert columns["_row_id"]["Comment"] == COMMENTS["_row_id"]
    assert entry["Description"] == "memory Orders as received, append only"
    location = f"{lake.settings.bronze}/memory__orders"
    assert entry["StorageDescriptor"]["Location"] == location
    assert entry["StorageDescriptor"]["SerdeInfo"]["Parameters"]["path"] == location
    assert entry["Parameters"]["spark.sql.sources.provider"] == "delta"


def test_each_change_of_the_schema_is_a_version_in_glue(lake: Lake) -> None:
    for rows in (orders(("a", 1), Old=["x"]), orders(("b", 20), New=["y"]), orders(("c", 40), New=["z"])):
        lake.load(Memory(rows))
        register(lake.settings, "bronze", ["memory__orders"])
    found = boto3.client("glue").get_table_versions(
        DatabaseName=f"{lake.settings.prefix}bronze", TableName="memory__orders"
    )["TableVersions"]
    versions = sorted(found, key=lambda version: int(version["VersionId"]))
    columns = [
        {column["Name"]: column.get("Comment") for column in version["Table"]["StorageDescriptor"]["Columns"]}
        for version in versions
    ]
    assert [("old" in names, "new" in names) for names in columns] == [(True, False), (True, True)]
    assert columns[1]["old"] == "Not in the source since 2026-10-15"


def test_a_lost_catalogue_heals(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), (None, 2))))
    register(lake.settings, "bronze", [*TABLES, "never_loaded"])
    boto3.client("glue").delete_database(Name=f"{lake.settings.prefix}bronze")
    assert register(lake.settings, "bronze", [*TABLES, "never_loaded"]) == TABLES


@pytest.mark.parametrize("listed", [True, False])
def test_processes_that_register_one_table_at_once_all_succeed(lake: Lake, listed: bool) -> None:
    lake.load(Memory(orders(("a", 1), (None, 2))))
    early, late = Catalog(lake.settings), Catalog(lake.settings)
    if listed:  # before the other one writes
        late.register("bronze", [])
    assert early.register("bronze", TABLES) == TABLES
    late.register("bronze", TABLES)
    assert register(lake.settings, "bronze", TABLES) == []


def test_a_missing_bucket_is_said_in_one_line(lake: Lake) -> None:
    nowhere = Lake(replace(lake.settings, root="s3://no-such-bucket-anywhere/lake"))
    with pytest.raises(LakeUnavailable, match=r"s3://no-such-bucket-anywhere/lake.*NoSuchBucket") as error:
        nowhere.load(Memory(orders(("a", 1))))
    assert "\n" not in str(error.value)


def test_the_keys_of_a_profile_are_used(lake: Lake, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    lines = "\n".join(f"{name.lower()} = {value}" for name, value in keys.items())
    (tmp_path / "credentials").write_text(f"[analyst]\n{lines}\n")
    for name in keys:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "analyst")
    assert storage_options().items() >= keys.items()
    assert lake.load(Memory(orders(("a", 1)))).landed == 1


def test_an_unreachable_catalogue_is_said_in_one_line(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", "http://127.0.0.1:9")
    with pytest.raises(CatalogUnavailable, match=r"127\.0\.0\.1:9.*the next run registers it"):
        register(lake.settings, "bronze", TABLES)
