"""What readers of a table may rely on."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake


def test_a_model_that_fails_leaves_the_old_rows(project: Any) -> None:
    project.write(numbers="select id from range(3)")
    assert project.dbt("build").ok
    project.write(numbers="select if(id = 4, cast('four' as bigint), id) as id from range(5)")
    assert "four" in project.dbt("build").error
    assert sorted(project.column("select id from gold.numbers")) == [0, 1, 2]
    project.write(numbers="select id from nowhere")
    assert "nowhere" in project.dbt("build").error
    assert sorted(project.column("select id from gold.numbers")) == [0, 1, 2]


def test_a_table_that_the_catalogue_does_not_know_is_never_replaced(project: Any) -> None:
    project.write(numbers="select id from range(3)", others="select 1 as one")
    assert project.dbt("build", "-s", "others").ok
    table = project.path / "lake/gold/numbers"
    write_deltalake(table, pa.table({"precious": [1, 2]}))
    log = table / "_delta_log/00000000000000000000.json"
    text = log.read_text()
    log.write_text("not a log")
    outcome = project.dbt("build")
    assert "does not know" in outcome.error
    assert str(table) in outcome.error
    log.write_text(text)
    assert sorted(project.column("select precious from gold.numbers")) == [1, 2]


def test_a_replaced_table_changes_in_one_commit(project: Any) -> None:
    project.write(numbers="select 1 as one, 'a' as letter")
    assert project.dbt("build").ok
    project.write(numbers="select 'x' as only")
    assert project.dbt("build").ok
    log = project.path / "lake/gold/numbers/_delta_log"
    assert sorted(file.name for file in log.glob("*.json")) == [f"{version:020d}.json" for version in range(2)]
    assert project.rows("select * from gold.numbers") == [{"only": "x"}]


def test_a_constant_column_takes_nulls_later(project: Any) -> None:
    project.write(
        numbers="""
        {{ config(materialized='incremental', unique_key='id') }}
        select 1 as id, 'constant' as note, cast(coalesce(1.5, 0) as decimal(5, 2)) as price
        {% if is_incremental() %} union all select 2, null, null {% endif %}
        """
    )
    assert project.dbt("build").ok
    assert project.dbt("build").ok
    assert project.column("select note from gold.numbers order by id") == ["constant", None]


def test_a_sum_that_sail_computes_wider_has_the_type_it_says(project: Any) -> None:
    prices = "select cast(99999999.99 as decimal(10, 2)) as price from range(3)"
    project.write(sums=f"select sum(price) as total from ({prices})")
    assert project.dbt("build").ok
    assert project.types("sums")["total"][0].startswith('PrimitiveType("decimal(20')
    assert project.column("select total from gold.sums") == [Decimal("299999999.97")]


def test_columns_that_engines_read_differently_are_refused(project: Any) -> None:
    project.write(capitals="select 1 as CustomerId", twice="select 1 as id, 2 as id", untyped="select null as nothing")
    messages = project.dbt("build").messages
    assert "`CustomerId` as customerid" in messages["capitals"]
    assert "same name: id" in messages["twice"]
    assert "cast(null as <type>)" in messages["untyped"]


def test_contracts_are_enforced_before_anything_is_written(project: Any) -> None:
    contract = """
        models:
          - name: prices
            config: {contract: {enforced: true}}
            constraints: [{type: check, name: positive, expression: "price > 0"}]
            columns:
              - {name: id, data_type: bigint, constraints: [{type: not_null}]}
              - {name: price, data_type: "decimal(10,2)"}
        """
    good = "select id, cast(id + 1 as decimal(10, 2)) as price from range(2)"
    project.write(prices=good, prices__yml=contract)
    assert project.dbt("build").ok
    assert not project.types("prices")["id"][1]
    assert project.types("prices")["price"][1]
    for bad, complaint in {
        "select nullif(id, 0) as id, cast(1 as decimal(10, 2)) as price from range(2)": "NULL in id",
        "select id, cast(-1 as decimal(10, 2)) as price from range(2)": "positive",
        "select id, cast(null as decimal(10, 2)) as price from range(2)": "positive",
        "select id, 'free' as price from range(2)": "contract",
    }.items():
        project.write(prices=bad)
        assert complaint in project.dbt("build").error
        assert sorted(project.column("select id from gold.prices")) == [0, 1]


def test_a_check_that_came_later_is_enforced_and_kept_in_the_log(project: Any) -> None:
    project.write(prices="select id from range(2)")
    assert project.dbt("build").ok
    project.write(
        prices__yml="""
        models:
          - name: prices
            config: {contract: {enforced: true}}
            constraints: [{type: check, name: small, expression: "id < 5 and cast(id as string) rlike '^[0-9]$'"}]
            columns: [{name: id, data_type: bigint}]
        """
    )
    assert project.dbt("build").ok
    configuration = project.delta("prices").metadata().configuration
    assert configuration["delta.constraints.small"] == "id < 5 and cast(id as string) rlike '^[0-9]$'"


def test_descriptions_are_kept_in_the_log_and_shown_in_the_docs(project: Any) -> None:
    project.write(
        prices="select 1 as id",
        prices__yml="""
        models:
          - name: prices
            description: "One row per price; it's `quoted`"
            config: {persist_docs: {relation: true, columns: true}}
            columns: [{name: id, description: "The price's id"}]
        """,
    )
    assert project.dbt("build").ok
    assert project.dbt("build").ok
    delta = project.delta("prices")
    assert delta.metadata().description == "One row per price; it's `quoted`"
    assert delta.schema().fields[0].metadata["comment"] == "The price's id"
    catalog = project.dbt("docs", "generate").result.result
    table = catalog.nodes["model.shop.prices"]
    assert table.metadata.comment == "One row per price; it's `quoted`"
    assert table.columns["id"].comment == "The price's id"
    assert table.columns["id"].type == "int"
