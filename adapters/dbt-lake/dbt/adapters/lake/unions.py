"""UNION of columns of different types: Sail says that the result has the first query's, and would cast to it."""

from collections.abc import Callable, Iterator

from dbt.adapters.lake.errors import LakeError
from dbt.adapters.lake.types_of import Type, standalone
from pyspark.errors import PySparkException
from pyspark.sql.types import StructType
from sqlglot import exp


def refuse(statement: exp.Expr, schema_of: Callable[[str], StructType]) -> None:
    """Raise `LakeError` for the first UNION whose first query has fewer digits than another."""
    for union in statement.find_all(exp.Union):
        if isinstance(union.parent, exp.Union):
            continue
        first, *others = _queries(union)
        wanted = _types(first, schema_of)
        for number, query in enumerate(others, 2):
            for (name, into), (_, dtype) in zip(wanted, _types(query, schema_of), strict=False):
                if _loses(Type.of(dtype), Type.of(into)):
                    raise LakeError(
                        f"refused: {name} of a union is {into} in its first query and {dtype} in query {number} … "
                        "(Sail says that the result is what the first query gives; cast it to one type in each query)"
                    )


def _loses(other: Type, into: Type) -> bool:
    """True if a cast cuts digits. One that has no room for a number fails."""
    return into.exact and other.name != "void" and (not other.exact or other.scale > into.scale)


def _queries(union: exp.Expr) -> Iterator[exp.Expr]:
    for side in (union.this, union.expression):
        if isinstance(side, exp.Union):
            yield from _queries(side)
        else:
            yield side


def _types(query: exp.Expr, schema_of: Callable[[str], StructType]) -> list[tuple[str, str]]:
    """Return the columns and their types: as they are written if all are casts, else as Sail says."""
    selected = query.selects if isinstance(query, exp.Query) else []
    written = [(item.alias_or_name, cast) for item in selected if isinstance(cast := item.unalias(), exp.Cast)]
    if written and len(written) == len(selected):
        return [(name, Type.of(cast.to.sql("spark")).name) for name, cast in written]
    try:
        fields = schema_of(standalone(query).sql("spark")).fields
    except PySparkException:  # correlated, or wrong: then Sail says so when it runs
        return []
    return [(field.name, field.dataType.simpleString()) for field in fields]
