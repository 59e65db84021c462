"""Columns that a table's spec names and its source doesn't have."""

from dataclasses import replace
from typing import Any

import pytest

from ingestion.protocols.sql.windows import SqlReader
from ingestion.spec import SourceError, Table
from ingestion.spec_columns import near_misses

COLUMNS = {"id": "bigint", "EMail": "text", "total": "numeric", "updated_at": "timestamp", "is_deleted": "boolean"}
USERS = Table("users", key=("ID",), cursor="updated_at", deletes="flag:is_deleted", exclude={"email": "personal"})


class Declared:
    """A driver that knows one table."""

    source, address, schema, now = "shop", "db:5432/shop", "public", "now()"
    prints_instants = False

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        assert "information_schema" in sql
        return [("public", "users", name, kind, 18, 2, "YES") for name, kind in COLUMNS.items()]

    def as_text(self, data_type: str, column: str) -> str:
        return column

    def as_whole(self, column: str, scale: int) -> None:
        return None

    def digits(self, data_type: str, column: str) -> str:
        return ""


def columns_of(table: Table) -> list[str]:
    return [column.name for column in SqlReader(Declared()).shape(table).columns]


def test_names_match_in_any_case_and_in_bronzes_spelling() -> None:
    assert columns_of(USERS) == ["id", "total", "updated_at", "is_deleted"]
    assert "total" in columns_of(replace(USERS, exclude={"e_mail": "bronze leaves it out"}))


@pytest.mark.parametrize(
    ("change", "field", "meant"),
    [
        ({"exclude": {"emial": "personal"}}, "exclude", "EMail"),
        ({"columns": {"totl": "decimal(18,2)"}}, "columns", "total"),
        ({"key": ("idd",)}, "key", "id"),
        ({"deletes": "flag:is_delted"}, "deletes", "is_deleted"),
        ({"deletes": "deleted_at"}, "deletes", "(updated_at|is_deleted)"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_its_field_and_the_one_that_is_meant(
    change: dict[str, Any], field: str, meant: str
) -> None:
    said = (
        rf"^shop at db:5432/shop, public.users has no column '.*', which `{field}` .*; did you mean {meant}\? Correct"
    )
    with pytest.raises(SourceError, match=said):
        columns_of(replace(USERS, **change))


def test_a_source_that_declares_no_columns_may_lack_one_and_a_name_almost_like_it_is_a_near_miss() -> None:
    assert near_misses({"email", "phone"}, {"id", "emial"}) == {"email": "emial"}
    assert near_misses({"email", "emial"}, {"id", "emial"}) == {}
