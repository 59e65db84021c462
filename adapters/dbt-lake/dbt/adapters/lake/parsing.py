"""A statement as a tree, for what its text alone doesn't show."""

import re
from collections.abc import Callable
from functools import lru_cache

import sqlglot
from dbt.adapters.lake.errors import LakeError
from pyspark.sql.types import StructType
from sqlglot import exp
from sqlglot.errors import SqlglotError

READS = re.compile(r"(\s|--[^\n]*\n|/\*.*?\*/|\()*(select|with|values)\b", re.IGNORECASE | re.DOTALL)


def parsed(sql: str, schema_of: Callable[[str], StructType]) -> exp.Expr | None:
    """Return the tree; None for a statement that is no query and can't be parsed.

    Raises `LakeError` where Sail can read a query that can't be parsed here: it would not be checked.
    """
    tree = _tree(sql)
    if isinstance(tree, exp.Expr):
        return tree
    if READS.match(sql):
        schema_of(sql)  # Sail's own words for a mistake
        raise LakeError(
            f"refused: the query can't be checked for divisions, averages and USING ({tree}); write it plainer"
        )
    return None


@lru_cache(64)
def _tree(sql: str) -> exp.Expr | str:
    """The tree, or why there is none."""
    try:
        return sqlglot.parse_one(sql, read="spark")
    except SqlglotError as error:
        return str(error).splitlines()[0]
