"""Quotients and averages of decimals, which Sail cuts where Spark rounds.

Sail gives a quotient four digits more than its dividend has, an average four more than its values, and cuts there. So
both are refused, unless they are rounded at once to fewer digits than that: then the last digit is right.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dbt.adapters.lake.errors import LakeError
from dbt.adapters.lake.types_of import AVERAGES, Type, types_of
from pyspark.sql.types import StructType
from sqlglot import exp

MORE = 4
"""Digits that Sail adds."""

THROUGH = (exp.Paren, exp.Window, exp.Filter, exp.Neg, exp.Coalesce)
"""Nodes that hand digits on as they are."""


@dataclass(frozen=True)
class Cut:
    """A quotient or an average, and what its digits come from."""

    node: exp.Expr
    operands: tuple[exp.Expr, ...]
    """The dividend and the divisor, or the values."""

    @property
    def rounded_to(self) -> int | None:
        """The digits that it is rounded to at once."""
        node = self.node
        while node.parent and (isinstance(node.parent, THROUGH) or _is_result(node)):
            node = node.parent
        match node.parent:
            case exp.Round(this=this) as round_ if this is node:
                digits = round_.args.get("decimals") or exp.Literal.number(0)
                return int(digits.sql()) if digits.is_int else None
            case exp.Cast() as cast if cast.to.this == exp.DType.DECIMAL:
                return Type.of(cast.to.sql("spark")).scale
        return None


def refuse(statement: exp.Expr, schema_of: Callable[[str], StructType]) -> None:
    """Raise `LakeError` for the first quotient or average of decimals that Sail cuts and nothing rounds."""
    found = list(_cuts(statement))
    types = types_of([operand for cut in found for operand in cut.operands], schema_of)
    for cut in found:
        kinds = [types[id(operand)] for operand in cut.operands]
        if all(kind.exact for kind in kinds) and any(kind.decimal for kind in kinds):
            kept = kinds[0].scale + MORE
            rounded = cut.rounded_to
            if rounded is None or rounded >= kept:
                raise LakeError(_refusal(cut, kinds[0], kept))


def _refusal(cut: Cut, kind: Type, kept: int) -> str:
    measured = cut.operands[0].sql("spark")
    wider, double = f"cast({measured} as decimal(28, 10))", f"cast({measured} as double)"
    text = cut.node.sql("spark")
    spelled = f"avg({wider})" if len(cut.operands) == 1 else f"{wider} / {cut.operands[1].sql('spark')}"
    return (
        f"refused: {text} … ({measured} is {kind}, so Sail cuts the result after {kept} digits where Spark rounds; "
        f"round it at once to at most {kept - 1} digits, as in round({text}, {kept - 1}), or more of them after a "
        f"cast, as in round({spelled}, 10), or compute with {double})"
    )


def _cuts(statement: exp.Expr) -> Iterator[Cut]:
    for node in statement.find_all(exp.Div, exp.Avg, exp.Anonymous):
        match node:
            case exp.Div():
                yield Cut(node, (node.this, node.expression))
            case exp.Avg(this=exp.Distinct(expressions=[values])) | exp.Avg(this=values):
                yield Cut(node, (values,))
            case exp.Anonymous(expressions=[values]) if node.name.lower() in AVERAGES:
                yield Cut(node, (values,))


def _is_result(node: exp.Expr) -> bool:
    """True if the node is what a CASE or an IF gives: with other digits it gives others."""
    is_branch = isinstance(node, exp.If) and isinstance(node.parent, exp.Case)
    return is_branch or node.arg_key in ("true", "false", "default")
