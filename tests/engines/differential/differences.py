"""Where Sail may differ from Spark: each rule names what a query must hold, and what may then differ.

A rule about values says what stays equal (a number without its zeros, say), and everything else must be equal too. A
rule about failures names Sail's message. docs/engines.md lists every rule by its name.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import sqlglot
from sqlglot import exp

from tests.engines.differential.answers import Answer

MERGED = re.compile(r'attribute ObjectName\(\[Identifier\("\w+"\), Identifier\("(\w+)"\)\]\) is missing')


@dataclass(frozen=True)
class Rule:
    """A known difference."""

    name: str
    concerns: Callable[[exp.Expr], bool]
    """True for a query that it may befall."""
    equal: Callable[[str], str] | None = None
    """What is equal of a cell."""
    sail_fails: str = ""
    """What Sail says, where Spark answers."""


def zeros_left_out(cell: str) -> str:
    """A number without the zeros after its last digit."""
    return format(Decimal(cell).normalize(), "f") if re.fullmatch(r"-?\d+\.\d+", cell) else cell


def double_in_text(cell: str) -> str:
    """A text that is one number, as that number."""
    found = re.fullmatch(r"'(-?\d[\d.]*([Ee]-?\d+)?)'", cell)
    return repr(float(found[1])) if found else cell


def has(*kinds: type[exp.Expr]) -> Callable[[exp.Expr], bool]:
    """True for a query that holds one of these."""
    return lambda query: query.find(*kinds) is not None


def cast_to_text(query: exp.Expr) -> bool:
    """True for a query that makes text of something."""
    return any(cast.to.this == exp.DType.TEXT for cast in query.find_all(exp.Cast))


def joined_by_using(query: exp.Expr) -> bool:
    """True for a join with USING."""
    return any(join.args.get("using") for join in query.find_all(exp.Join))


RULES = (
    Rule("a column of USING by its table's name", joined_by_using, sail_fails=MERGED.pattern),
    Rule("the scale of nullif", has(exp.Nullif), equal=zeros_left_out),
    Rule("the scale of except and intersect", has(exp.Except, exp.Intersect), equal=zeros_left_out),
    Rule(
        "split and regexp_extract of a computed text",
        has(exp.Split, exp.RegexpSplit, exp.RegexpExtract),
        sail_fails=r"Spark `(split|regexp_extract)` function: Could not downcast arguments",
    ),
    Rule("the types of a union", has(exp.Union), equal=zeros_left_out, sail_fails="other digits than it says"),
    Rule("the type of a CASE over decimals", has(exp.Case), sail_fails="other digits than it says"),
    Rule("doubles as text", cast_to_text, equal=double_in_text),
)


@dataclass(frozen=True)
class Verdict:
    """Of a query: `equal`, `refused`, `both fail`, `known`, or `unexplained`."""

    kind: str
    query: str
    sail: Answer
    spark: Answer
    rules: tuple[str, ...] = ()

    def __str__(self) -> str:
        only = [
            sorted(set(one.rows) - set(other.rows))[:2]
            for one, other in ((self.sail, self.spark), (self.spark, self.sail))
        ]
        said = (
            f"{name}: {answer.error[:300] or f'{len(answer.rows)} rows of {answer.columns}, alone in having {rows}'}"
            for name, answer, rows in (("Sail", self.sail, only[0]), ("Spark", self.spark, only[1]))
        )
        return "\n  ".join((f"{self.kind}: {self.query}", *said))


def verdict(query: str, sail: Answer, spark: Answer) -> Verdict:
    """Judge two answers."""

    def judged(kind: str, *rules: str) -> Verdict:
        return Verdict(kind, query, sail, spark, rules)

    if sail.error and spark.error:
        return judged("both fail")
    if sail.refused:
        return judged("refused")
    if sail == spark:
        return judged("equal")
    tree = sqlglot.parse_one(query, read="spark")
    concerned = [rule for rule in RULES if rule.concerns(tree)]
    if sail.error:
        known = [rule.name for rule in concerned if rule.sail_fails and re.search(rule.sail_fails, sail.error)]
        return judged("known" if known else "unexplained", *known[:1])
    for rule in [*((rule,) for rule in concerned if rule.equal), tuple(rule for rule in concerned if rule.equal)]:
        if rule and not spark.error and _alike(sail, rule) == _alike(spark, rule):
            return judged("known", *(one.name for one in rule))
    return judged("unexplained")


def _alike(answer: Answer, rules: tuple[Rule, ...]) -> Answer:
    def cell(text: str) -> str:
        for rule in rules:
            text = rule.equal(text) if rule.equal else text
        return text

    return Answer(answer.columns, tuple(sorted(tuple(map(cell, row)) for row in answer.rows)))
