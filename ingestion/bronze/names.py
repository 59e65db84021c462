"""Names: how a source's table and columns are called in bronze."""

from ingestion.bronze.errors import ContractViolation
from ingestion.source import Source
from ingestion.spec import Table
from ingestion.values.naming import quarantine_name as quarantine_name
from ingestion.values.naming import snake
from ingestion.values.naming import table_name as name_of


def table_name(source: Source, table: Table) -> str:
    """`<source>__<table>`: the name in bronze, and of the dlt pipeline."""
    return name_of(source.name, table.name)


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
