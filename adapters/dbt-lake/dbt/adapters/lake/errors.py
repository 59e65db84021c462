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
