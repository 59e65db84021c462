"""`t.*` of a table that is joined by USING: Sail leaves out the columns of USING, Spark keeps them."""

from collections.abc import Iterator

from dbt.adapters.lake.errors import LakeError
from sqlglot import exp


def refuse(statement: exp.Expr) -> None:
    """Raise `LakeError` for the first such star."""
    for select in statement.find_all(exp.Select):
        joined = dict(_joined(select))
        for column in select.find_all(exp.Column):
            if column.is_star and column.table.lower() in joined and column.find_ancestor(exp.Select) is select:
                raise LakeError(
                    f"refused: {column.sql()} … (Sail leaves {joined[column.table.lower()]} out of it, Spark does not; "
                    "join with ON, or select the columns by name)"
                )


def _joined(select: exp.Select) -> Iterator[tuple[str, str]]:
    """The tables of a FROM that USING or NATURAL merges, and the columns that it merges."""
    first = select.args.get("from_")
    seen = [first.this.alias_or_name.lower()] if first else []
    for join in select.args.get("joins") or ():
        seen.append(join.this.alias_or_name.lower())
        if using := join.args.get("using"):
            yield from ((name, ", ".join(key.name for key in using)) for name in seen)
        elif join.method.upper() == "NATURAL":
            yield from ((name, "the columns of both tables") for name in seen)
