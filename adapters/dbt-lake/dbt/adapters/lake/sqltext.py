"""Small pieces of Spark SQL text."""

import re
from collections.abc import Mapping

_TOKENS = re.compile(r"(`[^`]*`)|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_ZEROS = {"boolean": "false", "binary": "x''", "array": "cast(array() as {0})", "map": "cast(map() as {0})"}


def quote(identifier: str) -> str:
    """An identifier in backticks."""
    return f"`{identifier.replace('`', '``')}`"


def literal(text: str) -> str:
    """A string literal that means exactly this text."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def zero(dtype: str) -> str:
    """Some value of this type that is not NULL."""
    date = dtype.startswith(("date", "timestamp"))
    return _ZEROS.get(dtype.split("<")[0], f"cast('{'1970-01-01' if date else '0'}' as {{0}})").format(dtype)


def holds(checks: Mapping[str, str], table: object) -> str:
    """A condition that is true where every check is, and fails the query elsewhere: a check that is NULL is broken."""
    return " and ".join(
        f"if({check}, true, raise_error({literal(f'CHECK {name} ({check}) of {table} is violated')}))"
        for name, check in checks.items()
    )


def code(sql: str) -> str:
    """The text without its comments, and with every string emptied: what may be searched for keywords."""
    return _TOKENS.sub(lambda match: match[1] or ("''" if match[0][0] in "'\"" else " "), sql)
