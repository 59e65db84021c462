"""Tables that ingestion writes with delta-rs, while dbt runs or between two runs."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

SOURCES = "sources: [{name: bronze, tables: [{name: shop__orders}]}]"


def land(project: Any, day: str, table: str = "shop__orders", **columns: list[Any]) -> None:
    """Append rows to a bronze table."""
    rows = pa.table(columns)
    days = pa.array([day] * rows.num_rows).cast(pa.date32())
    write_deltalake(
        project.path / "lake/bronze" / table,
        rows.append_column("_ingest_date", days),
        mode="append",
        schema_mode="merge",
        partition_by=["_ingest_date"],
    )


def test_tables_rows_and_columns_that_appeared_are_seen_by_the_next_run(project: Any) -> None:
    project.write(orders="select * from {{ source('bronze', 'shop__orders') }}", bronze__yml=SOURCES)
    land(project, "2026-01-01", "other", id=[1])
    assert "shop__orders" in project.dbt("build").error
    land(
        project,
        "2026-01-01",
        id=[1],
        paid_at=pa.array([datetime(2026, 1, 1, 12, tzinfo=UTC)], pa.timestamp("us", "UTC")),
    )
    assert project.dbt("build").ok
    land(project, "2026-01-02", id=[2], coupon=["SPRING"])
    assert project.dbt("build").ok
    assert project.rows("select id, coupon, cast(_ingest_date as string) as day from gold.orders order by id") == [
        {"id": 1, "coupon": None, "day": "2026-01-01"},
        {"id": 2, "coupon": "SPRING", "day": "2026-01-02"},
    ]


def test_folders_of_other_tools_are_nobodys_tables(project: Any) -> None:
    land(project, "2026-01-01", id=[1])
    land(project, "2026-01-01", "_staging", id=[1])
    land(project, "2026-01-01", ".hidden", id=[1])
    (project.path / "lake/bronze/empty/_delta_log").mkdir(parents=True)
    (project.path / "lake/_dlt").mkdir()
    assert sorted(project.folder.schemas()) == ["bronze"]
    assert {name.identifier for name in project.folder.tables("bronze")} == {"empty", "shop__orders"}
    project.write(orders="select id from {{ source('bronze', 'shop__orders') }}", bronze__yml=SOURCES)
    assert project.dbt("build").ok


def test_rows_that_land_while_dbt_reads_are_whole_commits(project: Any) -> None:
    project.write(
        orders="""
        {{ config(materialized='incremental', unique_key='id') }}
        {% set seen = run_query('select max(paid_at) as at from ' ~ this).columns[0][0] if is_incremental() %}
        select id, paid_at from {{ source('bronze', 'shop__orders') }}
        {% if seen %} where paid_at > timestamp'{{ seen }}' {% endif %}
        """,
        bronze__yml=SOURCES,
    )
    for day in ("2026-01-01", "2026-01-02", "2026-01-02"):
        instant = pa.array([datetime.fromisoformat(f"{day}T23:30:00.123456+00:00")], pa.timestamp("us", "UTC"))
        land(project, day, id=[int(day[-1:])], paid_at=instant)
        assert project.dbt("build").ok
    assert project.column("select cast(paid_at as string) from gold.orders order by id") == [
        "2026-01-01 23:30:00.123456",
        "2026-01-02 23:30:00.123456",
    ]


def test_a_freshness_check_counts_in_utc(project: Any) -> None:
    project.write(
        bronze__yml="""
        sources:
          - name: bronze
            loaded_at_field: paid_at
            freshness: {warn_after: {count: 1, period: hour}, error_after: {count: 2, period: hour}}
            tables: [{name: shop__orders}]
        """
    )
    land(project, "2026-01-01", id=[1], paid_at=pa.array([datetime.now(UTC)], pa.timestamp("us", "UTC")))
    result = project.dbt("source", "freshness").result.result[0]
    assert result.status == "pass"
    assert 0 <= result.age < 60
