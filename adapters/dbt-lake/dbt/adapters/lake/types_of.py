"""The types of expressions in a statement: as they are written there, else as Sail says."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dbt.adapters.lake.errors import LakeError
from pyspark.errors import PySparkException
from pyspark.sql.types import StructType
from sqlglot import exp

DECIMAL = re.compile(r"(?:decimal|numeric|dec)(?:\((\d+)(?:,(\d+))?\))?", re.IGNORECASE)
INTEGERS = ("tinyint", "smallint", "int", "integer", "bigint", "long", "short", "byte")
AVERAGES = {"mean", "try_avg"}
"""Averages that sqlglot knows by no class; avg it knows."""
ORDER = ("order", "sort", "cluster", "distribute", "limit", "offset", "distinct", "having")
"""Parts of a SELECT that don't change the types of what it selects."""


@dataclass(frozen=True)
class Type:
    """A type in Spark's words."""

    name: str
    exact: bool
    """True for decimals and whole numbers."""
    decimal: bool
    scale: int
    """Digits after the point."""

    @classmethod
    def of(cls, text: str) -> "Type":
        """The type of this name."""
        name = text.replace(" ", "").lower()
        found = DECIMAL.fullmatch(name)
        return cls(name, bool(found) or name in INTEGERS, bool(found), int(found[2] or 0) if found else 0)

    def __str__(self) -> str:
        return self.name


def types_of(nodes: Sequence[exp.Expr], schema_of: Callable[[str], StructType]) -> dict[int, Type]:
    """The types by the nodes' ids.

    Raises `LakeError` where one can't be found out, and what Sail says of a wrong query.
    """
    found, asked = {}, defaultdict[tuple[int, bool], list[exp.Expr]](list)
    for node in nodes:
        if kind := written(node):
            found[id(node)] = kind
        else:
            asked[id(node.find_ancestor(exp.Select)), _before_grouping(node)].append(node)
    for (_, before_grouping), group in asked.items():
        found |= _asked(group, before_grouping, schema_of)
    return found


def written(node: exp.Expr) -> Type | None:
    """The type of an expression that says it."""
    match node:
        case exp.Cast():
            return Type.of(node.to.sql("spark"))
        case exp.Paren() | exp.Neg() | exp.Nullif():
            return written(node.this)
        case exp.Count():
            return Type.of("bigint")
        case exp.Literal(is_string=False):
            whole, _, digits = node.name.partition(".")
            if not node.name.replace(".", "").isdigit():
                return Type.of("double")
            return Type.of(f"decimal({len(whole + digits)},{len(digits)})" if digits else "bigint")
    return None


def _before_grouping(node: exp.Expr) -> bool:
    """True if an expression sees rows and not groups: in WHERE, in ON, or in an aggregate that is no window."""
    while node.parent and not isinstance(node.parent, exp.Select):
        node = node.parent
        if isinstance(node, exp.Where | exp.Join):
            return True
        if isinstance(node, exp.AggFunc) or node.name.lower() in AVERAGES:
            around = node.parent.parent if isinstance(node.parent, exp.Filter) else node.parent
            return not isinstance(around, exp.Window)
    return False


def _asked(nodes: Sequence[exp.Expr], before_grouping: bool, schema_of: Callable[[str], StructType]) -> dict[int, Type]:
    """Return Sail's types, of expressions in one SELECT."""
    select = nodes[0].find_ancestor(exp.Select)
    statement = nodes[0].root().sql("spark")
    try:
        if select is None:
            raise LakeError("no query")
        fields = schema_of(_probe(select, nodes, before_grouping)).fields[-len(nodes) :]
    except (PySparkException, LakeError) as error:
        schema_of(statement)  # the query itself may be wrong
        text = nodes[0].sql("spark")
        raise LakeError(
            f"refused: the type of {text} can't be found out here, and Sail cuts quotients and averages of decimals; "
            f"cast it, as in cast({text} as double) or round(cast({text} as decimal(28, 10)) / …, 6)"
        ) from error
    return {id(node): Type.of(field.dataType.simpleString()) for node, field in zip(nodes, fields, strict=True)}


def _probe(select: exp.Select, nodes: Sequence[exp.Expr], before_grouping: bool) -> str:
    """A query that gives the expressions as its last columns."""
    probe = standalone(select)
    for part in (*ORDER, *(("group",) if before_grouping else ())):
        probe.set(part, None)
    asked = [exp.alias_(node.copy(), f"__{number}") for number, node in enumerate(nodes)]
    probe.set("expressions", asked if before_grouping else [*probe.expressions, *asked])
    return str(probe.sql("spark"))


def standalone(query: exp.Expr) -> exp.Expr:
    """A copy of a query inside a statement, with all the CTEs that it sees."""
    copied = query.copy()
    if ctes := [cte.copy() for cte in _ctes(query)]:
        copied.set("with_", exp.With(expressions=ctes))
    return copied


def _ctes(select: exp.Expr) -> list[exp.Expr]:
    """The CTEs that a query sees, outermost first."""
    held: list[list[exp.Expr]] = []
    around: set[int] = set()
    node: exp.Expr | None = select
    while node is not None:
        if with_ := node.args.get("with_"):
            held.append(list(_before(with_.expressions, around)))
        around.add(id(node))
        node = node.parent
    return [cte for level in reversed(held) for cte in level]


def _before(ctes: Sequence[exp.Expr], around: set[int]) -> Iterator[exp.Expr]:
    for cte in ctes:
        if id(cte) in around:
            return
        yield cte
