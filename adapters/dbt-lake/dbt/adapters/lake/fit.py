"""A check that a table can take a model's rows without a cast that loses something, which Sail would do silently."""

import re
from collections.abc import Mapping

INTEGERS = ("tinyint", "smallint", "int", "bigint")
DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


def misfits(new: Mapping[str, str], old: Mapping[str, str], *, lenient: bool) -> list[str]:
    """Return the differences between a model's columns and a table's (name -> Spark type), in words; none if they fit.

    A `lenient` table lets columns of the model go missing.
    """
    gone = [f"it no longer selects {column}" for column in old if column not in new and not lenient]
    changed = [
        f"{column} is {dtype} and was {old[column]}"
        for column, dtype in new.items()
        if column in old and not fits(dtype, old[column])
    ]
    return gone + changed


def fits(dtype: str, into: str) -> bool:
    """True if every value of a type is a value of the other."""
    if dtype in (into, "void"):
        return True
    if dtype in INTEGERS and into in INTEGERS:
        return INTEGERS.index(dtype) <= INTEGERS.index(into)
    if (dtype, into) == ("float", "double"):
        return True
    target = DECIMAL.fullmatch(into)
    source = DECIMAL.fullmatch(dtype)
    digits, scale = (int(source[1]), int(source[2])) if source else (DIGITS.get(dtype, 99), 0)
    return target is not None and int(target[2]) >= scale and int(target[1]) - int(target[2]) >= digits - scale
