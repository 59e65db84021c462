"""Views live in Sail's memory; here they last."""

from typing import Any

import pytest


def test_views_of_views_are_restored_in_a_new_process(project: Any, new_process: Any) -> None:
    view = "{{ config(materialized='view') }}"
    project.write(
        base="select id from range(3)",
        z_low=f"{view} select id, 'it\\'s -- `x`' as note from {{{{ ref('base') }}}} -- a comment",
        a_high=f"{view} select `note`, count(*) as n from {{{{ ref('z_low') }}}} group by note",
    )
    assert project.dbt("build").ok
    new_process()
    assert project.rows("select * from gold.a_high") == [{"note": "it's -- `x`", "n": 3}]
    project.write(z_low=f"{view} select id, 'new' as note from {{{{ ref('base') }}}}")
    assert project.dbt("build", "-s", "z_low").ok
    assert project.column("select note from gold.a_high") == ["new"]


@pytest.mark.parametrize("column", ["`1st`", "`a-b`", "`two words`", "`current_date`"])
def test_a_view_that_sail_would_not_give_back_as_it_was_is_refused(project: Any, column: str) -> None:
    project.write(odd=f"{{{{ config(materialized='view') }}}} select {column} from (select 1 as {column})")
    error = project.dbt("build").error
    assert column in error
    assert "materialized='table'" in error
    assert project.dbt("show", "--inline", "select 1").ok


def test_a_view_becomes_a_table_and_a_view_again(project: Any, new_process: Any) -> None:
    for kind in ("view", "table", "view", "incremental", "view"):
        project.write(model=f"{{{{ config(materialized='{kind}') }}}} select '{kind}' as kind")
        assert project.dbt("build").ok
        new_process()
        assert project.column("select kind from gold.model") == [kind]


def test_a_view_whose_table_is_gone_is_told_and_built_again(project: Any, new_process: Any) -> None:
    project.write(base="select 1 as id", view="{{ config(materialized='view') }} select id from {{ ref('base') }}")
    assert project.dbt("build").ok
    project.folder.delete_table(project.name("base"))
    new_process()
    assert project.dbt("build").ok
    assert project.column("select id from gold.view") == [1]
