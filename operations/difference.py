"""Which rows differ between the lake and a copy: a few keys for people, found without moving the tables.

Rows are grouped by the first hex digits of their key's digest; both engines tell rows and digest of each group, and
of the first groups that differ, both tell the keys.
"""

from collections.abc import Mapping, Sequence

from operations.engines import Engines, LakeTable

GROUPS = 3
"""Groups to look into; there are 4,096."""
SHOWN = 5
"""Keys to show."""

Rows = Mapping[str, str]
"""A row's key, as text -> its digest."""


def describe(engines: Engines, table: LakeTable) -> str:
    """Sample keys of the rows in which the scratch copy differs from the lake, in words.

    Raises what `Engines.both` raises.
    """
    of_lake = {"name": table.name, "version": table.version}
    of_copy = {"name": table.name}
    lake, copy = engines.both("publish_groups", of_lake, of_copy)
    groups = differing(lake[0]["groups"], copy[0]["groups"])[:GROUPS]
    if not groups:
        return "the rows as loaded are equal, so they changed while being made visible"
    chosen = {"groups": groups}
    lake, copy = engines.both("publish_keys", of_lake | chosen, of_copy | chosen)
    return sample(lake[0]["keys"], copy[0]["keys"])


def differing(lake: Mapping[str, Sequence[object]], copy: Mapping[str, Sequence[object]]) -> list[str]:
    """The groups whose rows or digest differ, or that only one side has."""
    return sorted(group for group in lake.keys() | copy.keys() if lake.get(group) != copy.get(group))


def sample(lake: Rows, copy: Rows) -> str:
    """The first keys that differ, each with how."""
    how = dict.fromkeys(lake, "missing in the copy") | dict.fromkeys(copy, "only in the copy")
    how |= dict.fromkeys(lake.keys() & copy.keys(), "changed")
    told = [f"{key} ({how[key]})" for key in sorted(how) if lake.get(key) != copy.get(key)]
    return f"for example {', '.join(told[:SHOWN])}"
