"""Names: how a source's table and columns are called in bronze."""

import re

from ingestion.bronze.errors import ContractViolation
from ingestion.spec import Source, Table

_BEFORE_A_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_A_WORD = re.compile(r"[^a-z0-9_]")


def snake(name: str) -> str:
    """Lower snake case: `SystemModstamp` -> `system_modstamp`, `Customer_Id__c` -> `customer_id__c`.

    What needs backticks in SQL (spaces, accents, a leading digit) becomes an underscore.
    """
    words = _NOT_A_WORD.sub("_", _BEFORE_A_CAPITAL.sub("_", name).lower())
    return f"_{words}" if words[:1].isdigit() or not words else words


def table_name(source: Source, table: Table) -> str:
    """`<source>__<table>`: the name in bronze, and of the dlt pipeline."""
    return f"{source.name}__{snake(table.name)}"


def quarantine_name(name: str) -> str:
    """The table beside it that keeps the rows it can't hold."""
    return f"{name}__quarantine"


def columns(names: list[str], where: str) -> list[str]:
    """The columns' names in bronze, in order; raises ContractViolation where two become one."""
    renamed = [snake(name) for name in names]
    for name in renamed:
        if renamed.count(name) > 1:
            twins = ", ".join(repr(old) for old, new in zip(names, renamed, strict=True) if new == name)
            raise ContractViolation(
                f"{where}: the columns {twins} are all called {name} in bronze; exclude all but one in the table's spec"
            )
    return renamed
