"""Queries from a seed: the same seed gives the same queries, whatever runs before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

import sqlglot
from sqlglot import exp

from tests.engines.differential.grammar import AGGREGATES, FRAMES, GRAMMAR, WINDOWS
from tests.engines.differential.tables import KINDS, ROWS, SCHEMA

Scope = Mapping[str, Sequence[str]]
"""Kind -> the columns that an expression may use, as they are written."""
DEPTH = 3
SELECTED = ("int", "decimal", "decimal", "double", "string", "string", "boolean", "date", "timestamp")
JOINS = ("join", "left join", "right join", "full join")
KEYS = (["k"], ["code"], ["k", "code"], ["day"], ["flag", "k"])


@cache
def parsed(text: str) -> exp.Expr:
    """A piece of SQL as a tree."""
    return sqlglot.parse_one(text, read="spark")


@dataclass(frozen=True)
class Generator:
    """Makes one query."""

    random: Random

    def query(self) -> str:
        """Spark SQL whose rows don't depend on their order."""
        shapes: list[Callable[[], str]] = [
            *(self.flat, self.joined, self.joined, self.grouped, self.grouped, self.windowed, self.merge_aliases),
            *(self.filtered, self.through_cte, self.limited),
        ]
        return str(parsed(self.random.choice(shapes)()).sql("spark"))

    def expression(self, kind: str, scope: Scope, depth: int = DEPTH, of: Mapping[str, list[str]] = GRAMMAR) -> str:
        """An expression of a kind."""
        columns = scope.get(kind, ())
        if of is GRAMMAR and columns and (depth <= 0 or self.random.random() < 0.35):
            return self.random.choice(columns)
        plain = [text for text in of[kind] if ":" not in text] if depth <= 0 else []
        tree = parsed(self.random.choice(plain or of[kind])).copy()

        def filled(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Placeholder):
                return exp.paren(parsed(self.expression(node.name, scope, depth - 1)).copy(), copy=False)
            return node

        return str(tree.transform(filled).sql("spark"))

    def selected(self, scope: Scope, of: Mapping[str, list[str]] = GRAMMAR, over: str = "") -> str:
        """A few expressions with names."""
        kinds = [
            self.random.choice([kind for kind in SELECTED if kind in of]) for _ in range(self.random.randint(2, 4))
        ]
        return ", ".join(
            f"{self.expression(kind, scope, of=of)}{over} as {kind}_{number}" for number, kind in enumerate(kinds)
        )

    def where(self, scope: Scope) -> str:
        """A condition, or none."""
        return f" where {self.expression('boolean', scope)}" if self.random.random() < 0.5 else ""

    def source(self) -> tuple[str, Scope]:
        """A FROM of one table or of two, and its columns."""
        if self.random.random() < 0.5:
            return self.table("s"), columns("s")
        on = f"s.{(key := self.random.choice(['k', 'code', 'day']))} = p.{key}"
        return f"{self.table('s')} {self.random.choice(JOINS)} {self.table('p')} on {on}", columns("s", "p")

    def table(self, alias: str) -> str:
        """A table under a name."""
        return f"{SCHEMA}.{self.random.choice(list(ROWS))} as {alias}"

    def flat(self) -> str:
        """SELECT with WHERE."""
        source, scope = self.source()
        distinct = "distinct " if self.random.random() < 0.2 else ""
        return f"select {distinct}{self.selected(scope)} from {source}{self.where(scope)}"

    def joined(self) -> str:
        """Joins with USING and ON, stars among what they select."""
        scope, keys = columns("s", "p"), self.random.choice(KEYS)
        kind = self.random.choice([*JOINS, "left semi join", "left anti join"])
        using = self.random.random() < 0.6
        equal = " and ".join(f"s.{key} = p.{key}" for key in keys)
        more = f" and {self.expression('boolean', scope, 1)}" if self.random.random() < 0.4 else ""
        on = f"using ({', '.join(keys)})" if using else f"on {equal}{more}"
        source = f"{self.table('s')} {kind} {self.table('p')} {on}"
        if kind.endswith(("semi join", "anti join")):
            return f"select {self.selected(columns('s'))} from {source}"
        if not using:
            return f"select {self.selected(scope)}, s.id, p.id as other from {source}"
        star = self.random.choice(["*", "s.*", "p.*", "", ""])
        if star == "*":  # its columns have equal names, so they are numbered
            names = [*keys, *(f"{alias}_{name}" for alias in "sp" for name in KINDS if name not in keys)]
            return f"select * from (select * from {source}) as j ({', '.join(names)})"
        left = {kind: [name for name in held if name[2:] not in keys] for kind, held in scope.items()}
        return f"select {star or self.selected(left)}, {', '.join(f'{key} as key_{key}' for key in keys)} from {source}"

    def grouped(self) -> str:
        """GROUP BY, of columns and expressions, with HAVING."""
        source, scope = self.source()
        keys = [
            self.expression(self.random.choice(("int", "string", "date")), scope, 1)
            for _ in range(self.random.randint(0, 2))
        ]
        keys = [key for key in dict.fromkeys(keys) if parsed(key).find(exp.Column)]
        named = "".join(f", {key} as key_{number}" for number, key in enumerate(keys))
        having = f" having count(*) > {self.random.randint(0, 2)}" if self.random.random() < 0.3 else ""
        group = f" group by {', '.join(keys)}" if keys else ""
        return f"select {self.selected(scope, AGGREGATES)}{named} from {source}{self.where(scope)}{group}{having}"

    def windowed(self) -> str:
        """Windows whose order is total."""
        scope = columns("s")
        parts = f"partition by {self.expression(self.random.choice(('int', 'string', 'boolean')), scope, 1)}"
        kind = self.random.choice(("int", "decimal", "date", "string"))
        way = self.random.choice(("", " desc", " nulls last", " desc nulls first"))
        order = f" order by {self.expression(kind, scope, 1)}{way}, s.id"
        framed = {kind: [text for text in held if ":" in text or text == "count(*)"] for kind, held in WINDOWS.items()}
        framed = {
            kind: [text for text in held if not text.startswith(("lag", "lead"))] for kind, held in framed.items()
        }
        frame = self.random.choice(FRAMES)
        over = f" over ({parts if self.random.random() < 0.7 else ''}{order} {frame})"
        return f"select s.id, {self.selected(scope, framed if frame else WINDOWS, over)} from {self.table('s')}"

    def merge_aliases(self) -> str:
        """UNION, INTERSECT, EXCEPT of two queries with columns of the same kinds."""
        kinds = [self.random.choice(SELECTED) for _ in range(self.random.randint(1, 3))]

        def side() -> str:
            shown = [f"{self.expression(kind, columns('s'), 1)} as {kind}_{n}" for n, kind in enumerate(kinds)]
            return f"select {', '.join(shown)} from {self.table('s')}{self.where(columns('s'))}"

        word = self.random.choice(("union all", "union", "intersect", "except", "except all"))
        return f"{side()} {word} {side()}"

    def filtered(self) -> str:
        """Subqueries: IN, EXISTS, and scalar ones."""
        scope, key = columns("s"), self.random.choice(("k", "code", "day"))
        inner = f"from {self.table('p')}{self.where(columns('p'))}"
        correlated = f"from {self.table('p')} where p.{key} = s.{key}"
        test = self.random.choice(
            [
                f"s.{key} in (select p.{key} {inner})",
                f"exists (select 1 {correlated})",
                f"not exists (select 1 {correlated})",
            ]
        )
        scalar = self.random.choice([f"(select max(p.amount) {correlated})", f"(select count(*) {inner})"])
        return f"select {self.selected(scope)}, {scalar} as found from {self.table('s')} where {test}"

    def through_cte(self) -> str:
        """A query of a query's columns."""
        source, scope = self.source()
        kinds = list(dict.fromkeys(self.random.choices(SELECTED, k=4)))
        inner = ", ".join(f"{self.expression(kind, scope, 2)} as {kind}_0" for kind in kinds)
        held = {kind: [f"c.{kind}_0"] for kind in kinds}
        outer = ", ".join(f"{self.expression(kind, held, 2)} as {kind}_1" for kind in kinds)
        return f"with c as (select {inner} from {source}{self.where(scope)}) select {outer}, {kinds[0]}_0 from c"

    def limited(self) -> str:
        """ORDER BY with LIMIT, in a total order."""
        scope = columns("s")
        order = self.expression(self.random.choice(("int", "decimal", "string", "date", "timestamp")), scope, 1)
        way = self.random.choice(("", " desc", " asc nulls last", " desc nulls first"))
        limit = self.random.randint(1, 10)
        return f"select s.id, {self.selected(scope)} from {self.table('s')} order by {order}{way}, s.id limit {limit}"


def columns(*aliases: str) -> dict[str, list[str]]:
    """The columns of tables under these names."""
    scope: dict[str, list[str]] = {}
    for alias in aliases:
        for name, kind in KINDS.items():
            scope.setdefault(kind, []).append(f"{alias}.{name}")
    return scope


def queries(count: int, seed: int) -> list[str]:
    """The first queries of a seed."""
    return [Generator(Random(f"{seed}/{number}")).query() for number in range(count)]  # noqa: S311
