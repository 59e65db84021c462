"""What can go wrong in a lake, in words: what happened, where, and how to go on."""

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
    "MERGE_CARDINALITY_VIOLATION": "two rows of the model have the same unique_key: keep one of them",
    "cannot resolve source column": "the table has a column that the model no longer selects: see --full-refresh",
    "unsupported alter table": "Sail changes no tables: use on_schema_change, or --full-refresh",
    "is too large to store in a decimal": "cast it to a wider decimal before the sum or product",
}


def explain(message: str) -> str:
    """Sail's message, and how to go on where we know."""
    hints = [hint for sign, hint in HINTS.items() if sign.lower() in message.lower()]
    return "\n".join([message, *hints])
