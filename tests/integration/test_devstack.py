"""The local services as their users see them: real drivers and clients against running emulators."""

import datetime as dt
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import psutil
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redshift_connector
import s3fs
import simple_salesforce
import snowflake.connector
import yaml
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from snowflake.connector.errors import ProgrammingError

from devstack import services as local
from ingestion.settings import Settings
from operations.emulators import use_local_services

SCHEMA = "redshift_test"
MOMENT = dt.datetime.fromisoformat("2026-01-01T00:00:00.123456")


def test_every_service_is_up_and_well(services: Settings) -> None:
    assert {one.name: one.healthy for one in local.status(services)} == dict.fromkeys(local.SERVICES, True)


def test_no_service_listens_beyond_this_machine(services: Settings) -> None:
    listening = {
        (one.name, address)
        for one in local.status(services)
        for process in (psutil.Process(one.pid), *psutil.Process(one.pid).children(recursive=True))
        for address in listening_addresses(process)
    }
    assert listening == {(name, "127.0.0.1") for name in local.SERVICES}


def listening_addresses(process: psutil.Process) -> Iterator[str]:
    with suppress(psutil.NoSuchProcess):  # PostgreSQL has a process for each connection, of other tests too
        for place in process.net_connections("inet"):
            if place.status == psutil.CONN_LISTEN:
                yield place.laddr.ip


def test_verbs_find_the_services_without_a_word(services: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in local.environment(services):
        if name != "LAKEHOUSE_HOME":
            monkeypatch.delenv(name)
    monkeypatch.setenv("SOURCES__POSTGRES__SCHEMA", "elsewhere")
    assert use_local_services(Settings.load()).catalog == "glue"
    assert os.environ["SOURCES__VENDOR_FILES__BUCKET_URL"] == "s3://vendor-drop"
    assert os.environ["SOURCES__POSTGRES__SCHEMA"] == "elsewhere"  # what is set wins


# PostgreSQL


def test_postgres_has_both_databases_for_a_role_with_no_other_rights(services: Settings) -> None:
    address = os.environ["SOURCES__POSTGRES__CREDENTIALS"]
    for database in ("shop", "analytics"):
        with psycopg.connect(address, dbname=database) as connection:
            connection.execute("create table made (id int primary key)")
            connection.execute("drop table made")
            rights = connection.execute("select rolsuper, rolcreatedb from pg_roles where rolname = current_user")
            assert rights.fetchone() == (False, False)


def test_postgres_wants_the_password(services: Settings) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(os.environ["SOURCES__POSTGRES__CREDENTIALS"], password="wrong")


# Redshift


@pytest.fixture(scope="module")
def redshift(services: Settings) -> Iterator[redshift_connector.Cursor]:
    """A connection as the loader opens it, with a table of every type."""
    address = urlsplit(os.environ["SOURCES__REDSHIFT__CREDENTIALS"])
    with redshift_connector.connect(
        host=address.hostname,
        port=address.port,
        user=address.username,
        password=address.password,
        database=address.path[1:],
        ssl=False,
    ) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"create schema {SCHEMA}")
        cursor.execute(f"set search_path to {SCHEMA}, public")
        cursor.execute(
            """create table events (id varchar(36) encode zstd distkey, n bigint, amount decimal(18,2), f float8,
            b boolean, d date, seen timestamp, zoned timestamptz, properties super) compound sortkey(seen)"""
        )
        cursor.execute(
            """insert into events values
            ('a', 1, 1.10, 1.5, true, '2026-01-01', '2026-01-01 00:00:00.123456', '2026-01-01 02:00:00+02',
             json_parse('{"page": "a, \\\\"b\\\\""}')), ('', null, null, null, null, null, null, null, null)"""
        )
        yield cursor
        cursor.execute(f"drop schema {SCHEMA} cascade")


def test_redshifts_driver_reads_every_type(redshift: redshift_connector.Cursor) -> None:
    redshift.execute("select * from events where id = %s", ("a",))
    assert redshift.fetchall() == (
        [
            "a",
            1,
            Decimal("1.10"),
            1.5,
            True,
            dt.date(2026, 1, 1),
            MOMENT,
            dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            '{"page": "a, \\"b\\""}',
        ],
    )


def test_redshifts_functions_answer(redshift: redshift_connector.Cursor) -> None:
    redshift.execute(
        "select nvl(n, 7), dateadd(day, 1, d), len(id), json_serialize(properties) from events where n = 1"
    )
    assert redshift.fetchall() == ([1, MOMENT.replace(day=2, microsecond=0), 1, '{"page": "a, \\"b\\""}'],)
    redshift.execute("select version()")
    assert "Redshift" in redshift.fetchone()[0]


@pytest.mark.parametrize("statement", ["copy events to stdout", "copy events from stdin"])
def test_redshift_refuses_copy_through_the_connection(redshift: redshift_connector.Cursor, statement: str) -> None:
    with pytest.raises(redshift_connector.ProgrammingError, match="not supported"):
        redshift.execute(statement)


def test_redshift_unloads_parquet_with_the_querys_types(redshift: redshift_connector.Cursor) -> None:
    redshift.execute(
        f"""unload ('select *, amount * 2 as twice from {SCHEMA}.events order by id') to 's3://lakehouse-stage/unload/a_'
        iam_role default format as parquet manifest"""
    )
    files = s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
    assert files.find("lakehouse-stage/unload") == [
        "lakehouse-stage/unload/a_0000_part_00.parquet",
        "lakehouse-stage/unload/a_manifest",
    ]
    table = pq.read_table(files.open("lakehouse-stage/unload/a_0000_part_00.parquet"))
    assert [str(field.type) for field in table.schema] == [
        *("string", "int64", "decimal128(18, 2)", "double", "bool", "date32[day]", "timestamp[us]"),
        *("timestamp[us, tz=UTC]", "string", "decimal128(38, 10)"),
    ]
    empty, full = table.to_pylist()
    assert empty == dict.fromkeys(table.schema.names) | {"id": ""}  # empty text is not NULL
    assert full["amount"] == Decimal("1.10")
    assert full["seen"] == MOMENT
    assert full["properties"] == '{"page": "a, \\"b\\""}'


def test_redshift_unloads_no_rows_with_their_types(redshift: redshift_connector.Cursor) -> None:
    redshift.execute(
        f"""unload ($$select id, amount from {SCHEMA}.events where id = 'x'$$) to 's3://lakehouse-stage/unload-none/'
        iam_role default format parquet parallel off"""
    )
    table = pq.read_table(s3fs.S3FileSystem(skip_instance_cache=True).open("lakehouse-stage/unload-none/000.parquet"))
    assert table.num_rows == 0
    assert table.schema.field("amount").type == pa.decimal128(18, 2)


def test_redshift_overwrites_a_target_only_when_told(redshift: redshift_connector.Cursor) -> None:
    unload = "unload ('select 1 as one') to 's3://lakehouse-stage/unload-twice/' iam_role default format parquet"
    redshift.execute(unload)
    with pytest.raises(redshift_connector.ProgrammingError, match="destination on S3 is not empty"):
        redshift.execute(unload)
    with pytest.raises(redshift_connector.ProgrammingError, match="destination on S3 is not empty"):
        redshift.execute(unload)
    s3fs.S3FileSystem(skip_instance_cache=True).rm("lakehouse-stage/unload-twice", recursive=True)
    redshift.execute(unload)  # a statement that its driver has prepared runs each time
    assert s3fs.S3FileSystem(skip_instance_cache=True).exists("lakehouse-stage/unload-twice/0000_part_00.parquet")
    redshift.execute(unload + " allowoverwrite")
    redshift.execute(unload + " cleanpath")


def test_an_unload_that_fails_says_why_and_leaves_the_session_usable(redshift: redshift_connector.Cursor) -> None:
    with pytest.raises(redshift_connector.ProgrammingError, match='relation "nope" does not exist'):
        redshift.execute("unload ('select * from nope') to 's3://lakehouse-stage/none/' format parquet")
    redshift.execute("select 1")
    assert redshift.fetchone() == [1]


# Snowflake


@pytest.fixture(scope="module")
def snowflake_address(services: Settings) -> dict[str, Any]:
    prefix = "SOURCES__SNOWFLAKE__"
    address: dict[str, Any] = {k[len(prefix) :].lower(): v for k, v in os.environ.items() if k.startswith(prefix)}
    return address | {"port": int(address["port"])}


@pytest.fixture
def snow(snowflake_address: dict[str, Any]) -> Iterator[Any]:
    """A cursor in a schema of the test's own."""
    with snowflake.connector.connect(**snowflake_address) as connection, connection.cursor() as cursor:
        cursor.execute("drop schema if exists shop.work")
        cursor.execute("create schema shop.work")
        cursor.execute("create table t (id number(38,0), amount number(18,2), seen timestamp_ntz, d date)")
        yield cursor


def rows(cursor: Any, sql: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = cursor.execute(sql).fetchall()
    return found


def test_snowflake_keeps_null_timestamps(snow: Any) -> None:
    snow.execute("insert into t values (1, 1.10, null, null), (2, null, '2026-01-01 00:00:00.123456', '2026-01-01')")
    assert rows(snow, "select * from t order by id") == [
        (1, Decimal("1.10"), None, None),
        (2, None, MOMENT, dt.date(2026, 1, 1)),
    ]
    assert snow.execute("select seen from t order by id").fetch_arrow_all()["SEEN"].to_pylist() == [None, MOMENT]


def test_snowflake_sums_beyond_the_digits_of_an_integer(snow: Any) -> None:
    wide = "select cast(cast(sum(cast(n as decimal(38, 0))) as decimal(38, 0)) as string) from (values {rows}) as t (n)"
    rows = ", ".join(["(1152921504606846975)"] * 100)
    assert snow.execute(wide.format(rows=rows)).fetchone()[0] == "115292150460684697500"


def test_snowflake_refuses_a_merge_with_a_duplicate_source_row(snow: Any) -> None:
    snow.execute("insert into t (id, amount) values (1, 1)")
    source = "(select 1 as id, 5 as amount union all select 1, 6)"
    merge = f"merge into t using {source} s on t.id = s.id when matched then update set amount = s.amount"
    with pytest.raises(ProgrammingError, match="Duplicate row detected") as refusal:
        snow.execute(merge)
    assert refusal.value.errno == 100090
    assert rows(snow, "select amount from t") == [(Decimal(1),)]
    snow.execute(merge.replace("when matched", "when matched and s.amount = 6"))
    assert rows(snow, "select amount from t") == [(Decimal(6),)]


def test_snowflake_merges(snow: Any) -> None:
    snow.execute("insert into t (id, amount) values (1, 1), (2, 2)")
    counts = rows(
        snow,
        """merge into t as old
        using (select column1 as id, column2 as amount from values (1, 10), (2, null), (3, 30)) new
        on old.id = new.id when matched and new.amount is null then delete
        when matched then update set old.amount = new.amount
        when not matched then insert (id, amount) values (id, amount)""",
    )
    assert counts == [(1, 1, 1)]
    assert rows(snow, "select id, amount from t order by id") == [(1, Decimal(10)), (3, Decimal(30))]


def test_an_error_is_answered_at_once_and_outside_a_transaction_harmless(snow: Any) -> None:
    for wrong in ("selct", "select * from nope", "insert into t (id) select 'x'", "select 1/'x'"):
        with pytest.raises(ProgrammingError):
            snow.execute(wrong, timeout=10)
    assert rows(snow, "select 1") == [(1,)]


def test_an_error_in_a_transaction_never_lets_half_of_it_through(snow: Any) -> None:
    snow.execute("begin")
    snow.execute("insert into t (id) values (1)")
    with pytest.raises(ProgrammingError):
        snow.execute("insert into t (id) select 'x'")
    with pytest.raises(ProgrammingError):
        snow.execute("commit")
    snow.execute("rollback")
    assert rows(snow, "select * from t") == []


def test_a_transaction_is_atomic_and_isolated(snow: Any, snowflake_address: dict[str, Any]) -> None:
    snow.execute("create table other (id number)")
    snow.execute("begin")
    snow.execute("insert into t (id) values (1)")
    snow.execute("insert into other values (1)")
    with snowflake.connector.connect(**snowflake_address) as reader:
        both = "select (select count(*) from shop.work.t), (select count(*) from shop.work.other)"
        assert rows(reader.cursor(), both) == [(0, 0)]
        snow.execute("commit")
        assert rows(reader.cursor(), both) == [(1, 1)]


def test_ddl_commits_a_transaction_as_in_snowflake(snow: Any) -> None:
    snow.execute("begin")
    snow.execute("insert into t (id) values (1)")
    snow.execute("create table made (id number)")
    snow.execute("rollback")
    assert rows(snow, "select id from t") == [(1,)]
    assert rows(snow, "select * from made") == []


def test_snowflake_copies_from_s3(snow: Any) -> None:
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    for number in (1, 2):
        part = pa.table({"ID": [number], "AMOUNT": pa.array([Decimal("1.10")], pa.decimal128(18, 2))})
        with files.open(f"lakehouse-stage/copy/part-{number}.parquet", "wb") as file:
            pq.write_table(part, file)
    form = "file_format = (type = parquet) match_by_column_name = case_insensitive"
    snow.execute(f"copy into t from 's3://lakehouse-stage/copy/' files = ('part-2.parquet') {form}")
    assert rows(snow, "select id, amount from t") == [(2, Decimal("1.10"))]
    snow.execute("create stage copies url = 's3://lakehouse-stage/copy/'")
    snow.execute(f"copy into t from @copies {form}")
    assert rows(snow, "select id from t order by id") == [(1,), (2,)]  # what was loaded is not loaded again


def test_snowflakes_roles_warehouses_and_grants_do_nothing(snow: Any) -> None:
    for statement in (
        "use role publisher",
        "use warehouse w",
        "grant select on table t to role r",
        "alter session set query_tag = 'x'",
    ):
        snow.execute(statement)


PROJECT = {
    "dbt_project.yml": "{name: tiny, version: '1.0', profile: tiny, flags: {send_anonymous_usage_stats: false}}",
    "models/plain.sql": "{{ config(materialized='table') }} select 1 as id, 1.10::number(18,2) as amount",
    "models/seen.sql": "select * from {{ ref('plain') }}",
    "models/merged.sql": """
        {{ config(materialized='incremental', unique_key='id') }}
        select id, amount from {{ ref('seen') }} union all select 2, {{ var('amount') }}::number(18,2)
    """,
    "models/tests.yml": "{models: [{name: merged, columns: [{name: id, data_tests: [unique, not_null]}]}]}",
    "snapshots/history.yml": """
        snapshots: [{name: history, relation: ref('merged'),
          config: {unique_key: id, strategy: check, check_cols: [amount]}}]
    """,
}


def test_dbt_snowflake_builds_on_it(tmp_path: Path, snowflake_address: dict[str, Any]) -> None:
    for name, text in PROJECT.items():
        file = tmp_path / "project" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    target = snowflake_address | {"type": "snowflake", "schema": "tiny", "threads": 2}
    profiles = {"tiny": {"target": "local", "outputs": {"local": target}}}
    (tmp_path / "project" / "profiles.yml").write_text(yaml.safe_dump(profiles))
    for amount in ("2.20", "3.30"):
        dbt = [os.environ["LAKEHOUSE_DBT"], "build", "--vars", f"amount: {amount}"]
        done = subprocess.run(dbt, cwd=tmp_path / "project", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    with snowflake.connector.connect(**snowflake_address) as connection:
        query = "select id, amount::varchar from shop.tiny.merged order by id"
        assert connection.cursor().execute(query).fetchall() == [(1, "1.10"), (2, "3.30")]
        versions = "select id, count(*) from shop.tiny.history group by id order by id"
        assert connection.cursor().execute(versions).fetchall() == [(1, 1), (2, 2)]


# Salesforce


class Plain(HTTPAdapter):
    """simple-salesforce insists on https, which an emulator doesn't speak."""

    def send(self, request: PreparedRequest, *arguments: Any, **options: Any) -> Response:
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *arguments, **options)


@pytest.fixture(scope="module")
def salesforce(services: Settings) -> Iterator[simple_salesforce.Salesforce]:
    """A client of an org with 4,500 notes, every hundredth deleted."""
    modified = [dt.datetime(2026, 11, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=number) for number in range(4500)]
    notes = {
        "Id": [f"a00{number:015d}" for number in range(4500)],
        "Name": ['O\'Neil, "é"\n'] * 4500,
        "Amount__c": pa.array([Decimal("1234567890.10")] * 4500, pa.decimal128(18, 2)),
        "CloseDate": [dt.date(2026, 1, 1)] * 4500,
        "IsDeleted": [number % 100 == 0 for number in range(4500)],
        "SystemModstamp": pa.array(modified, pa.timestamp("us", "UTC")),
    }
    file = services.services / "salesforce" / "Note__c.parquet"
    file.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(notes), file)
    session = Session()
    session.mount("https://", Plain())
    login = httpx.post(
        os.environ["SOURCES__SALESFORCE__LOGIN_URL"] + "/services/oauth2/token",
        data={
            "grant_type": "client_credentials",
            "client_id": os.environ["SOURCES__SALESFORCE__CLIENT_ID"],
            "client_secret": os.environ["SOURCES__SALESFORCE__CLIENT_SECRET"],
        },
    ).json()
    yield simple_salesforce.Salesforce(
        instance_url=login["instance_url"], session_id=login["access_token"], session=session
    )
    file.unlink()


def test_salesforce_answers_in_pages(salesforce: simple_salesforce.Salesforce) -> None:
    first = salesforce.query("SELECT Id FROM Note__c ORDER BY Id")
    assert (first["totalSize"], len(first["records"]), first["done"]) == (4455, 2000, False)
    records = salesforce.query_all("SELECT Id FROM Note__c ORDER BY Id")["records"]
    assert len({record["Id"] for record in records}) == 4455
    everything = salesforce.query_all("SELECT Id, IsDeleted FROM Note__c", include_deleted=True)["records"]
    assert sum(record["IsDeleted"] for record in everything) == 45


def test_salesforce_writes_values_in_its_own_way(salesforce: simple_salesforce.Salesforce) -> None:
    (record,) = salesforce.query("SELECT FIELDS(ALL) FROM Note__c WHERE Id = 'a00000000000000001' LIMIT 1")["records"]
    assert dict(record) | {"attributes": None} == {
        "attributes": None,
        "Id": "a00000000000000001",
        "Name": 'O\'Neil, "é"\n',
        "Amount__c": 1234567890.10,
        "CloseDate": "2026-01-01",
        "IsDeleted": False,
        "SystemModstamp": "2026-11-01T00:00:01.000+0000",
    }


def test_salesforce_bulk_queries_come_with_locators(salesforce: simple_salesforce.Salesforce) -> None:
    pages = list(
        salesforce.bulk2.Note__c.query_all("SELECT Id, Name, SystemModstamp FROM Note__c", max_records=2000, wait=0.05)
    )
    assert len(pages) == 3
    assert "2026-11-01T00:00:01.000Z" in pages[0]
    assert '"O\'Neil, ""é""\n"' in pages[0]


def test_salesforce_reads_its_records_anew(services: Settings, salesforce: simple_salesforce.Salesforce) -> None:
    file = services.services / "salesforce" / "Fresh__c.parquet"
    for count in (1, 2):
        pq.write_table(pa.table({"Id": ["x"] * count}), file)
        assert salesforce.query("SELECT COUNT() FROM Fresh__c")["totalSize"] == count
    assert [field["name"] for field in salesforce.Fresh__c.describe()["fields"]] == ["Id"]
    file.unlink()


@pytest.fixture
def tenth_of_november(services: Settings) -> Iterator[None]:
    """The demo's clock at that day's end; set back afterwards."""
    before = services.clock.read_bytes() if services.clock.is_file() else None
    services.clock.write_text("2026-11-10T23:00:00+00:00")
    yield
    services.clock.unlink()
    if before is not None:
        services.clock.write_bytes(before)


@pytest.mark.usefixtures("tenth_of_november")
def test_salesforce_tells_deleted_records_of_the_last_days_only(salesforce: simple_salesforce.Salesforce) -> None:
    start = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    deleted = salesforce.Note__c.deleted(start, start + dt.timedelta(seconds=150))["deletedRecords"]
    assert [record["id"] for record in deleted] == ["a00000000000000000", "a00000000000000100"]
    with pytest.raises(simple_salesforce.SalesforceMalformedRequest, match="INVALID_REPLICATION_DATE"):
        salesforce.Note__c.deleted(start - dt.timedelta(days=20), start)


def test_salesforce_refuses_strangers(services: Settings) -> None:
    address = os.environ["SOURCES__SALESFORCE__LOGIN_URL"]
    form = {"grant_type": "client_credentials", "client_id": "lakehouse", "client_secret": "guessed"}
    assert httpx.post(address + "/services/oauth2/token", data=form).json()["error"] == "invalid_client"
    answer = httpx.get(address + "/services/data/v62.0/limits", headers={"Authorization": "Bearer stolen"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")


# AWS


def test_s3_has_the_buckets_and_glue_answers(services: Settings) -> None:
    buckets = {bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]}
    assert buckets >= {"vendor-drop", "lakehouse-stage"}
    assert boto3.client("glue").get_databases()["DatabaseList"] is not None


def test_an_unknown_service_is_named(services: Settings) -> None:
    with pytest.raises(local.UnknownService, match="no service 'nope'; there are postgres"):
        local.known(["nope"])
