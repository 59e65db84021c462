"""Tables that grow: merged, appended to, or replaced by partitions."""

from decimal import Decimal
from typing import Any

import pytest

MERGED = """
    {{ config(
        materialized='incremental', unique_key='id',
        meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.is_rejected'},
    ) }}
    select id, value, is_rejected
    from (values (1, 'a', false), (2, 'b', false), (3, 'c', false)) as rows (id, value, is_rejected)
    """
SECOND = """
    {{ config(
        materialized='incremental', unique_key='id',
        meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.is_rejected'},
    ) }}
    select id, value, is_rejected
    from (values (2, 'B', false), (3, 'C', true), (4, 'D', true), (5, 'E', false)) as rows (id, value, is_rejected)
    """


def test_a_fresh_process_merges_into_what_is_there(project: Any, new_process: Any) -> None:
    project.write(orders=MERGED)
    assert project.dbt("build").ok
    new_process()
    project.write(orders=SECOND)
    assert project.dbt("build").ok
    assert project.column("select value from gold.orders order by id") == ["a", "B", "E"]


def test_a_merge_of_no_rows_leaves_the_table_at_its_version(project: Any) -> None:
    config = "{{ config(materialized='incremental', unique_key='id') }}"
    project.write(orders=f"{config} select id from range(2)")
    assert project.dbt("build").ok
    before = project.delta("orders").version()
    project.write(orders=f"{config} select id from range(2) where id > 5")
    assert project.dbt("build").ok
    assert project.delta("orders").version() == before
    project.write(orders=f"{config} select id from range(3)")
    assert project.dbt("build").ok
    assert project.column("select id from gold.orders order by id") == [0, 1, 2]


def test_rejected_rows_are_deleted_and_come_back_when_they_are_good_again(project: Any) -> None:
    for text in (MERGED, SECOND, MERGED):
        project.write(orders=text)
        assert project.dbt("build").ok
    assert project.column("select value from gold.orders order by id") == ["a", "b", "c", "E"]


def test_a_delete_condition_may_speak_of_the_table_and_an_update_condition_keep_newer_rows(project: Any) -> None:
    conditions = """
        {{ config(materialized='incremental', unique_key=['id', 'line'],
            merge_delete_condition='DBT_INTERNAL_DEST.version < 0',
            merge_update_condition='DBT_INTERNAL_SOURCE.version > DBT_INTERNAL_DEST.version') }}
        """
    project.write(orders=conditions + "select id, 1 as line, 5 - id * 3 as version, 'old' as value from range(3)")
    assert project.dbt("build").ok
    project.write(orders=conditions + "select id, 1 as line, 3 as version, 'new' as value from range(4)")
    assert project.dbt("build").ok
    assert project.column("select value from gold.orders order by id") == ["old", "new", "new"]


def test_only_the_columns_asked_for_are_updated(project: Any) -> None:
    config = "{{ config(materialized='incremental', unique_key='id', merge_exclude_columns=['first']) }}"
    for value in "ab":
        project.write(orders=f"{config} select 1 as id, '{value}' as first, '{value}' as last")
        assert project.dbt("build").ok
    assert project.rows("select first, last from gold.orders") == [{"first": "a", "last": "b"}]


def test_a_key_may_be_written_with_backticks_and_is_refused_where_it_is_no_column(project: Any) -> None:
    for value in "ab":
        project.write(
            orders=f"{{{{ config(materialized='incremental', unique_key='`ID`') }}}} select 1 as id, '{value}' as v"
        )
        assert project.dbt("build").ok
    assert project.column("select v from gold.orders") == ["b"]
    project.write(
        orders="{{ config(materialized='incremental', unique_key='ident') }} select 1 as id, 'c' as v where false"
    )
    assert "unique_key ident of gold.orders is no column of it: it has id, v" in project.dbt("build").error


def test_two_rows_of_one_key_are_refused(project: Any) -> None:
    config = "{{ config(materialized='incremental', unique_key='id') }}"
    project.write(orders=f"{config} select id from range(2)")
    assert project.dbt("build").ok
    project.write(orders=f"{config} select 1L as id from range(2)")
    assert "same unique_key" in project.dbt("build").error


def test_a_merge_of_new_keys_alone_leaves_the_files_there_are(project: Any) -> None:
    config = "{{ config(materialized='incremental', unique_key='id') }}"
    project.write(orders=f"{config} select id, 'old' as value from range(2)")
    assert project.dbt("build").ok
    before = set(project.delta("orders").file_uris())
    project.write(orders=f"{config} select nullif(id, 3) as id, 'new' as value from range(2, 4)")
    assert project.dbt("build").ok
    assert before < set(project.delta("orders").file_uris())
    assert project.column("select id from gold.orders order by id nulls last") == [0, 1, 2, None]


def test_a_merge_writes_the_partitions_anew_that_it_touches_and_no_others(project: Any) -> None:
    config = "{{ config(materialized='incremental', unique_key='id', partition_by=['month', 'kind'],"
    config += " meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.value is null'}) }}"
    kinds = "if(id % 2 = 0, 'a', null) as kind"
    project.write(orders=f"{config} select id, 'old' as value, date'2026-01-01' as month, {kinds} from range(4)")
    assert project.dbt("build").ok
    project.write(
        orders=f"{config} select id, if(id = 1, null, 'new') as value, if(id = 3, date'2026-02-01', date'2026-01-01')"
        f" as month, {kinds} from (values (1L), (3L), (5L)) as rows (id)"
    )
    untouched = {uri for uri in project.delta("orders").file_uris() if "kind=a" in uri}
    assert project.dbt("build").ok
    after = project.delta("orders").file_uris()
    assert {uri for uri in after if "kind=a" in uri} == untouched
    assert project.rows("select id, value, cast(month as string) as month from gold.orders order by id") == [
        {"id": 0, "value": "old", "month": "2026-01-01"},
        {"id": 2, "value": "old", "month": "2026-01-01"},
        {"id": 3, "value": "new", "month": "2026-02-01"},
        {"id": 5, "value": "new", "month": "2026-01-01"},
    ]


def test_a_merge_may_delete_every_row_and_a_key_that_is_not_there(project: Any) -> None:
    config = "{{ config(materialized='incremental', unique_key='id',"
    config += " meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.is_gone'}) }}"
    project.write(orders=f"{config} select id, false as is_gone from range(2)")
    assert project.dbt("build").ok
    for rows in ("range(7, 9)", "range(9)"):
        version = project.delta("orders").version()
        project.write(orders=f"{config} select id, true as is_gone from {rows}")
        assert project.dbt("build").ok
    assert project.rows("select * from gold.orders") == []
    assert version == 0, "nothing to delete, and a commit"


def test_flags_that_are_required_may_be_false(project: Any) -> None:
    contract = """
        models:
          - name: orders
            config: {contract: {enforced: true}}
            columns:
              - {name: id, data_type: bigint}
              - {name: is_paid, data_type: boolean, constraints: [{type: not_null}]}
        """
    config = "{{ config(materialized='incremental', unique_key='id', on_schema_change='fail',"
    config += " meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.is_paid is null'}) }}"
    for first in (0, 2):
        rows = f"select id, if(id = 3, null, id % 2 = 0) as is_paid from range({first}, 6) where {first} > 0 or id <> 3"
        project.write(orders=f"{config} {rows}", orders__yml=contract)
        assert project.dbt("build").ok
    assert project.column("select is_paid from gold.orders order by id") == [True, False, True, True, False]


@pytest.mark.parametrize("strategy", ["merge", "append", "insert_overwrite"])
def test_contracts_hold_for_new_rows_too(project: Any, strategy: str) -> None:
    contract = """
        models:
          - name: prices
            config: {contract: {enforced: true}}
            constraints: [{type: check, name: positive, expression: "price > 0"}]
            columns:
              - {name: id, data_type: bigint, constraints: [{type: not_null}]}
              - {name: price, data_type: int}
        """
    config = "{{ config(materialized='incremental', unique_key='id', on_schema_change='fail', partition_by='price',"
    config += f" incremental_strategy='{strategy}', merge_delete_condition='DBT_INTERNAL_SOURCE.id = 8') }}}}"
    project.write(prices=config + "select id, 1 as price from range(2)", prices__yml=contract)
    assert project.dbt("build").ok
    for bad, complaint in {
        "select id, -7 as price from range(2)": "positive",
        "select id, cast(null as int) as price from range(2)": "positive",
        "select nullif(id, 1) as id, 7 as price from range(2)": "NOT NULL",
    }.items():
        project.write(prices=config + bad)
        assert complaint in project.dbt("build").error
        assert project.column("select price from gold.prices") == [1, 1]
    project.write(prices=config + "select 7L as id, 7 as price" + " union all select 8L, -8" * (strategy == "merge"))
    assert project.dbt("build").ok
    assert sorted(project.column("select price from gold.prices")) == [1, 1, 7]


def test_new_columns_are_added_and_keep_what_was_required(project: Any) -> None:
    config = "{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns') }}"
    project.write(orders=f"{config} select id from range(2)")
    assert project.dbt("build").ok
    project.write(
        orders=f"{config} select id, cast(1.5 as decimal(18, 2)) as amount, timestamp'2026-01-01' as paid_at,"
        " 'é' as note, true as is_paid, date'2026-01-01' as paid_on from range(1, 3)"
    )
    assert project.dbt("build").ok
    assert project.column("select amount from gold.orders order by id") == [None, Decimal("1.50"), Decimal("1.50")]
    assert project.types("orders")["paid_at"] == ('PrimitiveType("timestamp")', True)


@pytest.mark.parametrize("strategy", ["merge", "append", "insert_overwrite"])
def test_old_columns_stay_when_new_ones_are_appended(project: Any, strategy: str) -> None:
    config = f"""{{{{ config(materialized='incremental', unique_key='id', incremental_strategy='{strategy}',
        on_schema_change='append_new_columns', partition_by='id') }}}}"""
    project.write(orders=f"{config} select id, 'old' as old from range(2)")
    assert project.dbt("build").ok
    project.write(orders=f"{config} select id, 'new' as new from range(2, 3)")
    assert project.dbt("build").ok
    assert project.rows("select old, new from gold.orders where id > 0 order by id") == [
        {"old": "old", "new": None},
        {"old": None, "new": "new"},
    ]


@pytest.mark.parametrize("on_schema_change", ["ignore", "sync_all_columns"])
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("select id, price from range(2)", "note"),
        ("select id, cast(1.555 as decimal(10, 3)) as price, 'x' as note from range(2)", "price"),
        ("select id, price, 7 as note from range(2)", "note"),
    ],
    ids=["column gone", "more digits", "other type"],
)
def test_a_change_that_would_lose_something_is_refused_until_a_full_refresh(
    project: Any, on_schema_change: str, change: str, complaint: str
) -> None:
    config = f"{{{{ config(materialized='incremental', unique_key='id', on_schema_change='{on_schema_change}') }}}}"
    rows = "(select id, cast(1.5 as decimal(10, 2)) as price, 'x' as note from range(2))"
    project.write(orders=f"{config} select * from {rows}")
    assert project.dbt("build").ok
    change = change.replace("range(2)", rows)
    project.write(orders=f"{config} {change}")
    error = project.dbt("build").error
    assert complaint in error
    assert "--full-refresh" in error
    assert project.column("select price from gold.orders") == [Decimal("1.50")] * 2
    assert project.dbt("build", "--full-refresh").ok


def test_append_adds_rows(project: Any) -> None:
    project.write(
        orders="{{ config(materialized='incremental', incremental_strategy='append', partition_by='day') }}"
        "select date'2026-01-01' as day, 1 as id"
    )
    assert project.dbt("build").ok
    assert project.dbt("build").ok
    assert project.column("select id from gold.orders") == [1, 1]


def test_insert_overwrite_replaces_the_partitions_it_has_rows_for_and_no_others(project: Any) -> None:
    config = "{{ config(materialized='incremental', incremental_strategy='insert_overwrite',"
    config += " partition_by=['day', 'kind']) }}"
    project.write(
        orders=f"""{config}
        select date'2026-01-01' + cast(id as int) as day, if(id = 2, null, 'it''s "1/2"%') as kind, 'old' as value
        from range(4)"""
    )
    assert project.dbt("build").ok
    project.write(
        orders=f"""{config}
        select date'2026-01-02' + cast(id as int) as day, if(id = 1, null, 'it''s "1/2"%') as kind, 'new' as value
        from range(2)"""
    )
    assert project.dbt("build").ok
    assert project.column("select value from gold.orders order by day") == ["old", "new", "new", "old"]


def test_statements_that_sail_gets_wrong_are_refused(project: Any) -> None:
    project.write(
        orders="""
        {{ config(post_hook="insert overwrite table {{ this }} partition (day) select 1, 2") }} select 1 as id, 2 as day
        """,
        medians="select percentile_approx(id, 0.5) as median from range(3)",
        days="select weekday(date'2026-01-04') as day",
        sums="select sum(1) over (order by day range between interval 1 day preceding and current row) as sum"
        " from (select date'2026-01-01' as day)",
        strings="select 'percentile_approx(' as text -- approx_percentile(\n",
    )
    messages = project.dbt("build").messages
    assert "insert_overwrite" in messages["orders"]
    assert "exact rank" in messages["medians"]
    assert "dayofweek" in messages["days"]
    assert "as a number" in messages["sums"]
    assert messages["strings"] == "OK"
