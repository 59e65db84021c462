"""The statements that `lakehouse sql` runs: one at a time, and only if they read tables and views of the lake.

An allow-list: what is not known to read the lake is refused. sqlglot and Sail must see the same tokens, so comments are
cut out, and text is refused where the two could end a string in different places (`$a$ … $a$`, `U&'\\'`).
"""

import logging
import re
from collections.abc import Callable, Collection

import click
from sqlglot import Token, TokenType, exp, parse_one, tokenize
from sqlglot.dialects.spark import Spark
from sqlglot.errors import ParseError, SqlglotError

from operations.query.syntax_error import syntax_error
from operations.query.unknown_names import unknown_table

Relations = Callable[[], Collection[tuple[str, str]]]
"""Return (schema, name) of every table and view; called only where a statement names one."""

FUNCTIONS = {"explode", "explode_outer", "posexplode", "posexplode_outer", "inline", "inline_outer"}
FUNCTIONS |= {"json_tuple", "range", "stack"}
"""Functions that give rows out of their arguments alone."""
ROWS = (exp.Table, exp.Subquery, exp.Values, exp.Lateral)
"""Nodes that may follow FROM and JOIN."""
TABLE_PARTS = {"this", "db", "alias", "joins", "laterals", "pivots", "sample", "version"}
CHANGES = (exp.DDL, exp.DML, exp.Command, exp.Into, exp.QueryTransform)
"""Parts of a statement that write, or run something."""
SHOWS = ("catalogs", "columns", "databases", "functions", "namespaces", "schemas", "table", "tables", "views")
PLANS = {"analyze", "codegen", "cost", "extended", "formatted", "verbose"}

QUOTED = re.compile(
    r"""[nx]?(?:'[^'\\]*'|"[^"\\]*")|r(?:'[^']*'|"[^"]*")|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`]|``)+`""",
    re.IGNORECASE | re.DOTALL,
)
PLAIN = re.compile(r"""(?!/\*|--)[^'"`\\$@#{}]+""")
"""Text that sqlglot and Sail end in the same place."""
COMMANDS = Spark.Tokenizer.COMMANDS
NAME = re.compile(r"[^\W_][\w .-]*")
ALLOWED = (
    "expected one SELECT, WITH, VALUES, SHOW, DESCRIBE or EXPLAIN statement over tables and views of the lake; "
    '`lakehouse sql "show schemas"` lists its schemas'
)
KEYWORDS = {"command": "a statement of this kind", "into": "SELECT INTO", "querytransform": "TRANSFORM"}
"""sqlglot's names of what changes something, where they are no keywords."""


class QueryRefused(click.UsageError):
    """A statement that is not known to read the lake only, or that can't be run."""

    def __init__(self, what: str, expected: str = ALLOWED) -> None:
        super().__init__(f"{what}: {expected}" if expected else what)


def read_only(text: str, relations: Relations) -> str:
    """Return the statement without its comments, as the engine may run it. Raises `QueryRefused`."""
    statement = _without_comments(text)
    first, rest = _first_word(statement)
    if first == "show":
        _check_show(rest)
    elif first == "explain":
        word, query = _first_word(rest)
        _check(query if word in PLANS else rest, relations)
    else:
        _check(statement, relations)
    return statement


def _first_word(text: str) -> tuple[str, str]:
    word = re.match(r"\w*", text)
    end = word.end() if word else 0
    return text[:end].lower(), text[end:].lstrip()


def _without_comments(text: str) -> str:
    """The statement's tokens, one blank between two that had blanks or comments between them."""
    tokens, words, end = _tokens(text), "", 0
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    for token in tokens:
        word = text[token.start : token.end + 1]
        if token.token_type in COMMANDS:  # sqlglot takes the rest for one token
            return f"{word} {_without_comments(text[token.end + 1 :])}"
        if token.start < end:  # sqlglot reads 10L as three tokens of one place
            continue
        if token.token_type == TokenType.SEMICOLON:
            raise QueryRefused("one statement at a time")
        if not (QUOTED.fullmatch(word) or PLAIN.fullmatch(word)) or (words.endswith("&") and word[0] in "'\""):
            raise QueryRefused(f"{word[:80]} can't be checked")
        words += (" " if words and token.start > end else "") + word
        end = token.end + 1
    return words


def _tokens(text: str) -> list[Token]:
    try:
        return list(tokenize(text, read="spark"))
    except SqlglotError as error:
        raise QueryRefused(
            "syntax error", "a quote, backtick or comment has no end, or a literal is malformed"
        ) from error


def _check(statement: str, relations: Relations) -> None:
    tree = _tree(statement)
    if not isinstance(tree, exp.Query | exp.Values | exp.Describe):
        raise QueryRefused(f"{_first_word(statement)[0].upper() or 'an empty statement'} is refused")
    if change := tree.find(*CHANGES):
        raise QueryRefused(f"{KEYWORDS.get(change.key, change.key.upper())} is refused")
    if isinstance(tree, exp.Describe) and str(tree.args.get("kind") or "table").lower() != "table":
        return  # of a schema or a function, which no path can name
    for node in tree.find_all(exp.From, exp.Join):
        if not isinstance(node.this, ROWS):
            raise QueryRefused(f"{_text(node.this)} is refused")
    ctes = {("", cte.alias.lower()) for cte in tree.find_all(exp.CTE)}
    for source in tree.find_all(exp.Table, exp.Lateral):
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            _check_table(source, ctes, relations)
        elif not isinstance(source.this, exp.Subquery) and _function(source.this) not in FUNCTIONS:
            raise QueryRefused(f"{_text(source)} is refused")


def _tree(statement: str) -> exp.Expr | None:
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it says so of each statement that it can't parse
    try:
        tree: exp.Expr | None = parse_one(statement, read="spark") if statement else None
    except ParseError as error:
        raise QueryRefused(*syntax_error(error)) from error
    except SqlglotError as error:
        raise QueryRefused("the statement can't be parsed", "simplify it") from error
    return tree


def _function(call: exp.Expr) -> str:
    name = call.name if isinstance(call, exp.Anonymous) else call.sql_name() if isinstance(call, exp.Func) else ""
    return str(name).lower()


def _check_table(table: exp.Table, ctes: Collection[tuple[str, str]], relations: Relations) -> None:
    name = (table.db.lower(), table.name.lower())
    parts = {part for part, value in table.args.items() if value}
    if not parts <= TABLE_PARTS:
        raise QueryRefused(f"{_text(table)} is no table or view of the lake")
    if name not in ctes:
        known = {(a.lower(), b.lower()) for a, b in relations()}
        if name not in known:
            raise QueryRefused(unknown_table(*name, {*known, *ctes}), "")


def _text(node: exp.Expr) -> str:
    return str(node.sql("spark"))[:80]


def _check_show(rest: str) -> None:
    """Sail looks for what a SHOW names in its catalogue only; paths are refused anyway."""
    kind = _first_word(rest)[0]
    names = [token.text for token in _tokens(rest) if token.token_type == TokenType.IDENTIFIER]
    if kind not in SHOWS or not all(NAME.fullmatch(name) for name in names):
        raise QueryRefused(f"SHOW {rest[:80]}".rstrip() + " is refused")
