"""Table specs that can't be loaded are refused when sources are imported."""

import re
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from types import ModuleType

import pytest

import ingestion.sources
from ingestion.source import Source
from ingestion.spec import Table
from ingestion.spec_check import SpecError, check


def of(name: str, *tables: str) -> Source:
    return Source(name, tuple(Table(table, key=("id",), cursor="at") for table in tables), nullcontext)


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (
            [of("erp", "Order Lines", "order_lines")],
            "erp .Order Lines. and .* are both erp__order_lines",
        ),
        ([of("crm", "FooBar__c", "Foo_Bar__c")], "crm 'FooBar__c' and crm 'Foo_Bar__c' are both crm__foo_bar__c"),
        ([of("crm", "a", "a")], "crm 'a' and crm 'a' are both crm__a"),
        ([of("a", "b__c"), of("a__b", "c")], "a 'b__c' and a__b 'c' are both a__b__c"),
        ([of("a", "b", "b__Quarantine")], "the quarantine of a 'b' and a 'b__Quarantine' are both a__b__quarantine"),
        ([of("a", "b__quarantine", "b")], "a 'b__quarantine' and the quarantine of a 'b' are both a__b__quarantine"),
        ([of("erp", "a"), of("ERP", "b")], "two files in ingestion/sources/ have a source 'ERP'"),
    ],
)
def test_two_specs_of_one_name_are_refused(sources: list[Source], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        check(sources)


@pytest.mark.parametrize("spark", ["text", "varchar(10)", "decimal", "decimal(9)", "decimal(39,2)", "decimal(2,9)"])
def test_a_type_that_bronze_never_holds_is_refused_with_its_table_and_column(spark: str) -> None:
    table = Table("orders", key=("id",), cursor="at", columns={"note": "string", "total": spark})
    expected = rf"erp 'orders', column 'total': type '{re.escape(spark)}' is not one of .*: correct it in `columns`"
    with pytest.raises(SpecError, match=expected):
        check([Source("erp", (table,), nullcontext)])


@pytest.mark.parametrize("lookback", [timedelta(hours=-1), -1])
def test_a_lookback_that_would_skip_rows_is_refused(lookback: timedelta | int) -> None:
    table = Table("orders", key=("id",), cursor="at", lookback=lookback)
    with pytest.raises(SpecError, match=r"erp 'orders' has a lookback of -1.*: expected none, or one above 0"):
        check([Source("erp", (table,), nullcontext)])


def test_names_that_differ_in_bronze_are_accepted() -> None:
    check([of("erp", "orders", "order_lines", "orderlines"), of("crm", "orders")])


def test_a_table_without_a_cursor_needs_a_source_that_reads_whole_and_for_deletions_a_key() -> None:
    whole = Source("erp", (Table("units", key=("id",), deletes="sweep"), Table("log", key=())), nullcontext)
    with pytest.raises(SpecError, match=r"erp 'units' has no cursor, .* or for objects and topics their kind"):
        check([whole])
    check([replace(whole, reads_whole=True)])
    keyless = replace(whole, tables=(Table("log", key=(), deletes="sweep"),), reads_whole=True)
    with pytest.raises(SpecError, match="erp 'log' has no key, so nothing says which row was deleted"):
        check([keyless])
    check([Source("files", (Table("prices", key=("id",), kind="files"),), nullcontext)])


def test_sources_are_checked_when_they_are_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    def imported(name: str) -> ModuleType:
        module = ModuleType(name)
        module.SOURCE = of(name.rpartition(".")[2], "Twin", "twin")  # type: ignore[attr-defined]
        return module

    monkeypatch.setattr(ingestion.sources.importlib, "import_module", imported)
    with pytest.raises(SpecError, match=r"'Twin' and .* 'twin'"):
        ingestion.sources.load_sources()
