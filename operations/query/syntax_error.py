"""A syntax error of sqlglot in words: its place in the statement, without the parser's own classes."""

import re

from sqlglot.errors import ParseError

SHOWN = 40
"""Characters of a statement that a message shows."""


def syntax_error(error: ParseError) -> tuple[str, str]:
    """The place, and what is expected there."""
    first = error.errors[0]
    before = " ".join(first["start_context"].split())
    after = f" after {before[-SHOWN:]!r}" if before else ""
    missing = re.fullmatch(r"Expecting (\W)", first["description"])
    return (
        f"syntax error at {first['highlight'][:SHOWN]!r}{after}",
        f"expected {missing[1] if missing else 'Spark SQL'}; correct it there",
    )
