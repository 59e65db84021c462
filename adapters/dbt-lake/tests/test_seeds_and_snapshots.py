"""Seeds arrive as they were written; snapshots keep what was."""

from decimal import Decimal
from typing import Any


def test_seeds_keep_quotes_nulls_unicode_and_digits(project: Any) -> None:
    project.write(
        cities__csv="""
        id,code,name,share,founded,opened_at,is_open
        1,007,"it's ""the"" c:\\dir; -- ünïcode 🚀",12345678901234.5678,0753-04-21,2026-01-01 12:30:00,true
        2,,,,,,
        3,0x1,"line
        two",-0.00000001,2026-01-01,2026-01-01 00:00:00,false
        """,
        cities__yml="""
        seeds:
          - name: cities
            config: {column_types: {code: string, share: "decimal(24,8)"}}
        """,
    )
    assert project.dbt("seed").ok
    first, empty, last = project.rows("select * from gold.cities order by id")
    assert first["code"] == "007"
    assert first["name"] == 'it\'s "the" c:\\dir; -- ünïcode 🚀'
    assert first["share"] == Decimal("12345678901234.56780000")
    assert (first["founded"].isoformat(), first["opened_at"].isoformat()) == ("0753-04-21", "2026-01-01T12:30:00+00:00")
    assert [value for key, value in empty.items() if key != "id"] == [None] * 6
    assert last["name"] == "line\ntwo"
    assert last["share"] == Decimal("-0.00000001")


def test_a_seed_is_replaced_and_may_be_empty(project: Any) -> None:
    project.write(cities__csv="id,name\n1,Rome\n2,Oslo\n")
    assert project.dbt("seed").ok
    project.write(cities__csv="id,name\n3,Bern\n")
    assert project.dbt("seed").ok
    assert project.column("select name from gold.cities") == ["Bern"]
    project.write(cities__csv="id,name\n")
    assert project.dbt("seed").ok
    assert project.column("select name from gold.cities") == []


SNAPSHOT = """
    {{% snapshot history %}}
    {{{{ config(target_schema='snapshots', unique_key='id', strategy='{strategy}', {config}) }}}}
    select * from {{{{ ref('customers') }}}}
    {{% endsnapshot %}}
    """


def test_a_snapshot_keeps_history_across_processes(project: Any, new_process: Any) -> None:
    project.write(
        customers="select 1 as id, 'old' as name, timestamp'2026-01-01 00:00:00' as updated_at union all"
        " select 2, 'same', timestamp'2026-01-01 00:00:00'",
        history__snapshot=SNAPSHOT.format(strategy="timestamp", config="updated_at='updated_at'"),
    )
    assert project.dbt("build").ok
    new_process()
    project.write(
        customers="select 1 as id, 'new' as name, timestamp'2026-01-02 00:00:00' as updated_at, 'x' as extra union all"
        " select 2, 'same', timestamp'2026-01-01 00:00:00', null"
    )
    assert project.dbt("build").ok
    versions = project.rows("select name, extra, dbt_valid_to from snapshots.history order by id, dbt_valid_from")
    assert [(row["name"], row["extra"], str(row["dbt_valid_to"])[:10]) for row in versions] == [
        ("old", None, "2026-01-02"),
        ("new", "x", "None"),
        ("same", None, "None"),
    ]


def test_a_snapshot_sees_deletes_and_changes_by_value(project: Any, new_process: Any) -> None:
    config = "check_cols=['name'], hard_deletes='new_record'"
    project.write(
        customers="select id, cast('a' as string) as name from range(3)",
        history__snapshot=SNAPSHOT.format(strategy="check", config=config),
    )
    assert project.dbt("build").ok
    new_process()
    project.write(customers="select id, if(id = 1, 'b', 'a') as name from range(2)")
    assert project.dbt("build").ok
    rows = project.rows("select id, name, dbt_is_deleted from snapshots.history where dbt_valid_to is null order by id")
    assert [tuple(row.values()) for row in rows] == [(0, "a", "False"), (1, "b", "False"), (2, "a", "True")]
    assert project.column("select count(*) from snapshots.history") == [5]
