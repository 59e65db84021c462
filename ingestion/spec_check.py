"""Table specs that can't be loaded, refused when sources are imported."""

from collections.abc import Iterable
from datetime import timedelta

from ingestion.source import Source
from ingestion.spec import Table
from ingestion.values.naming import quarantine_name, table_name
from ingestion.values.types import arrow_type


class SpecError(ValueError):
    """Table specs can't be loaded as they are written: which, why, and what to change."""

    exit_code = 2


def check(sources: Iterable[Source]) -> None:
    """Raise SpecError where two sources, or two tables in bronze, have one name (engines know no case), for types
    that bronze never holds, and for full reads that can't be."""
    seen: set[str] = set()
    specs: dict[str, str] = {}
    for source in sources:
        if source.name.lower() in seen:
            raise SpecError(f"two files in ingestion/sources/ have a source {source.name!r}: rename one of them")
        seen.add(source.name.lower())
        for table in source.tables:
            _check_full_read(source, table)
            _check_types(source, table)
            _check_lookback(source, table)
            name, spec = table_name(source.name, table.name).lower(), f"{source.name} {table.name!r}"
            for taken, of in ((name, spec), (quarantine_name(name), f"the quarantine of {spec}")):
                if taken in specs:
                    raise SpecError(
                        f"the table specs {specs[taken]} and {of} are both {taken} in bronze, where they would share "
                        "rows and watermark: remove one from ingestion/sources/, or read it through a view of another "
                        "name"
                    )
                specs[taken] = of


def _check_full_read(source: Source, table: Table) -> None:
    spec = f"{source.name} {table.name!r}"
    if table.is_full_read and not source.reads_whole:
        raise SpecError(
            f"{spec} has no cursor, and {source.name} can't read a table whole: name the column that orders its "
            "changes (`cursor=`), or for objects and topics their kind (`kind=`), in ingestion/sources/"
        )
    if table.is_full_read and table.deletes == "sweep" and not table.key:
        raise SpecError(
            f"{spec} has no key, so nothing says which row was deleted: name the columns of its `key`, or remove "
            "deletes='sweep'"
        )


def _check_lookback(source: Source, table: Table) -> None:
    back = table.lookback
    if back < timedelta(0) if isinstance(back, timedelta) else back < 0:
        raise SpecError(
            f"{source.name} {table.name!r} has a lookback of {back}, which would skip rows: expected none, "
            "or one above 0, in its table spec in ingestion/sources/"
        )


def _check_types(source: Source, table: Table) -> None:
    for column, spark in table.columns.items():
        try:
            arrow_type(spark)
        except ValueError as error:
            raise SpecError(
                f"{source.name} {table.name!r}, column {column!r}: {error}: correct it in `columns` of its table spec "
                "in ingestion/sources/"
            ) from None
