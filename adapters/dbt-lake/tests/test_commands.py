"""dbt's commands do what their users expect."""

from typing import Any

import pytest


def test_unit_tests_run_against_typed_fixtures(project: Any) -> None:
    paid = "select id, price * 2 as twice, cast(paid_at as date) = day as same, note from {{ ref('orders') }}"
    project.write(
        orders="select 1L as id, cast(9.99 as decimal(18, 2)) as price, timestamp'2026-01-01' as paid_at,"
        " date'2026-01-01' as day, true as is_paid, 'x' as note",
        paid=f"{paid} where is_paid",
        paid__yml="""
        unit_tests:
          - name: only_paid_orders_count
            model: paid
            given:
              - input: ref('orders')
                rows:
                  - {id: 1, price: 1.10, paid_at: "2026-01-01 23:59:59.999999", day: "2026-01-01", is_paid: true}
                  - {id: 2, is_paid: false, note: "it's not"}
                  - {id: 3, is_paid: true, note: "it's \\"so\\""}
            expect:
              rows:
                - {id: 1, twice: 2.20, same: true, note: null}
                - {id: 3, twice: null, same: null, note: "it's \\"so\\""}
        """,
    )
    outcome = project.dbt("build")
    assert outcome.ok, outcome.error
    project.write(paid=paid)
    assert "actual differs from expected" in project.dbt("test").error


def test_failing_rows_are_stored(project: Any) -> None:
    project.write(
        numbers="select id from range(5)",
        numbers__yml="""
        models:
          - name: numbers
            columns:
              - name: id
                data_tests:
                  - accepted_values:
                      arguments: {values: [0, 1, 2], quote: false}
                      config: {store_failures: true, alias: bad}
        """,
    )
    for _ in range(2):
        assert "Got 2 results" in project.dbt("build").error
        assert sorted(project.column("select value_field from gold_dbt_test__audit.bad")) == [3, 4]


def test_an_empty_build_makes_tables_without_rows(project: Any) -> None:
    project.write(base="select id from range(5)", copy="select * from {{ ref('base') }}")
    assert project.dbt("build").ok
    assert project.dbt("build", "--empty", "-s", "copy").ok
    assert project.column("select count(*) from gold.copy") == [0]


def test_rows_are_counted_by_group_where_there_is_only_one(project: Any) -> None:
    project.write(
        single="select 'a' as id",
        twice="select id, sum(1) as row_count from {{ ref('single') }} group by id having sum(1) > 1",
        sums="select coalesce(sum(row_count), 0) as failures from {{ ref('twice') }}",
        sums__yml="models: [{name: twice, config: {materialized: ephemeral}}]",
    )
    assert project.dbt("build").ok
    assert project.rows("select * from gold.sums") == [{"failures": 0}]


def test_retry_builds_what_failed(project: Any) -> None:
    project.write(first="select 1 as id", second="select nothing as id", third="select * from {{ ref('second') }}")
    assert not project.dbt("build").ok
    project.write(second="select 2 as id")
    outcome = project.dbt("retry")
    assert outcome.ok
    assert sorted(outcome.messages) == ["second", "third"]


def test_show_gives_rows_in_utc(project: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert project.dbt("show", "--output", "json", "--inline", "select timestamp'2026-01-01 00:00:00' as at").ok
    assert "2026-01-01T00:00:00" in capsys.readouterr().out


def test_grants_are_told_to_be_ignored(project: Any, capsys: Any) -> None:
    project.write(numbers="{{ config(grants={'select': ['anyone']}) }} select 1 as id")
    assert project.dbt("build").ok
    assert "grants on gold.numbers are ignored" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("fields", "clock", "expected"),
    [
        ({"now": "2026-02-02T00:00:00+00:00"}, "2026-01-01T23:00:00+00:00\n", "2026-02-02T00:00:00+00:00"),
        ({}, "2026-01-01T23:00:00+00:00\n", "2026-01-01T23:00:00+00:00"),
        ({}, None, ""),
    ],
    ids=["told", "by the clock", "unknown"],
)
def test_now_is_what_the_profile_or_the_clock_says(
    project: Any, fields: dict[str, str], clock: str | None, expected: str
) -> None:
    project.configure(**fields)
    file = project.path / "clock"
    file.unlink(missing_ok=True)
    if clock:
        file.write_text(clock)
    project.write(now="select '{{ target.now }}' as now")
    assert project.dbt("build").ok
    assert project.column("select now from gold.now") == [expected]


def test_a_lake_may_move(project: Any, new_process: Any) -> None:
    project.write(base="select 1 as id", view="{{ config(materialized='view') }} select * from {{ ref('base') }}")
    assert project.dbt("build").ok
    new_process()
    (project.path / "lake").rename(project.path / "moved")
    project.configure(root="moved")
    project.write(
        merged="{{ config(materialized='incremental', unique_key='id') }} select * from {{ ref('view') }}",
    )
    assert project.dbt("build", "-s", "merged").ok
    (project.path / "moved").rename(project.path / "lake")
    assert project.column("select id from gold.merged") == [1]


def test_sql_that_changes_tables_works_in_hooks(project: Any) -> None:
    project.write(
        numbers="""
        {{ config(post_hook=[
            "insert into {{ this }} select 7",
            "delete from {{ this }} where id = 0",
            "update {{ this }} set id = 8 where id = 7",
            "optimize {{ this }}",
            "vacuum {{ this }}",
            "create table if not exists {{ this.schema }}.made as select 1 as id",
            "drop table if exists {{ this.schema }}.made",
        ]) }} select cast(id as int) as id from range(2)"""
    )
    for _ in range(2):
        outcome = project.dbt("build")
        assert outcome.ok, outcome.error
    assert sorted(project.column("select id from gold.numbers")) == [1, 8]
    assert not (project.path / "lake/gold/made").exists()


def test_a_dropped_schema_takes_its_relations_and_its_folder_along(project: Any) -> None:
    project.write(base="select 1 as id", view="{{ config(materialized='view') }} select * from {{ ref('base') }}")
    project.write(
        drop__macro="""
        {% macro drop() %}
            {% do adapter.drop_schema(api.Relation.create(schema=target.schema)) %}
        {% endmacro %}
        """
    )
    assert project.dbt("build").ok
    assert project.dbt("run-operation", "drop").ok
    assert not (project.path / "lake/gold").exists()
    assert project.dbt("build").ok


def test_dbts_date_functions_count_right(project: Any) -> None:
    project.write(
        dates="""
        select
            {{ dbt.dateadd('hour', 5, "timestamp'2026-01-31 20:00:00'") }} as hours,
            cast({{ dbt.dateadd('month', 'months', "date'2026-01-31'") }} as date) as month,
            {{ dbt.last_day("date'2026-02-03'", 'month') }} as last,
            {{ dbt.datediff("date'2026-01-31'", "date'2026-03-01'", 'day') }} as days,
            {{ dbt.split_part("'a|b|c'", "'|'", 2) }} as part
        from (select 1 as months)
        """,
        spine="{{ dbt.date_spine('day', \"date'2026-02-27'\", \"date'2026-03-02'\") }}",
    )
    outcome = project.dbt("build")
    assert outcome.ok, outcome.error
    (row,) = project.rows("select * from gold.dates")
    assert [str(value)[:19] for value in row.values()] == ["2026-02-01 01:00:00", "2026-02-28", "2026-02-28", "29", "b"]
    days = project.column("select cast(date_day as date) as day from gold.spine order by 1")
    assert [str(day) for day in days] == ["2026-02-27", "2026-02-28", "2026-03-01"]
