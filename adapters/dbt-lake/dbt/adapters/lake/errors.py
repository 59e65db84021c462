"""Errors of a lake, in words: what happened, where, and how to go on."""

import re

from dbt_common.exceptions import DbtRuntimeError


class LakeError(DbtRuntimeError):
    """The lake refused, or could not do, what was asked."""


class TableUnknown(LakeError):
    """Data lies where a model wants to create a table, and the catalogue does not know it."""


class NameRefused(LakeError):
    """A name that cannot be a folder of the lake, or a column that engines would read differently."""


class LakeLocked(LakeError):
    """Someone else builds on this lake, or took the lock over while this process slept."""


HINTS = {
    "is missing from the schema": "no table or CTE that is read there has this column: look at its spelling, and at "
    "what the CTE selects",
    "ambiguous attribute": "several of the joined tables have it: say which one's is meant, as in orders.order_id",
    "TABLE_OR_VIEW_NOT_FOUND": "the lake has no such table in that schema: look at its spelling, or build it first",
    "No field named": "as a rule a column that is neither in GROUP BY nor in an aggregate",
    "MERGE_CARDINALITY_VIOLATION": "two rows of the model have the same unique_key: keep one of them",
    "cannot resolve source column": "the table has a column that the model no longer selects: see --full-refresh",
    "unsupported alter table": "Sail changes no tables: use on_schema_change, or --full-refresh",
    "is too large to store in a decimal": "cast it to a wider decimal before the sum or product",
}
NAME = re.compile(r'ObjectName\(\[((?:Identifier\("[^"]*"\)(?:, )?)+)\]\)')
PART = re.compile(r'Identifier\("([^"]*)"\)')


def explain(message: str) -> str:
    """Sail's message, with names as they are written, and how to go on where we know."""
    written = NAME.sub(lambda found: ".".join(PART.findall(found[1])), message)
    hints = [hint for sign, hint in HINTS.items() if sign.lower() in message.lower()]
    return "\n".join([written, *hints])
