"""Which rows differ between the lake and a copy: a few keys for people, found without moving the tables.

Rows are grouped by the first hex digits of their key's digest; both engines tell rows and digest of each group, and
of the first groups that differ, both tell the keys.
"""

from collections.abc import Mapping, Sequence

from operations.publishing.dbt_queries import Engines, LakeTable

GROUPS = 3
"""Groups to look into; there are 4,096."""
SHOWN = 5
"""Keys to show."""

Rows = Mapping[str, str]
"""A row's key, as text -> its digest."""
Groups = Mapping[str, Sequence[object]]
"""A group -> its rows and digest."""


def describe(engines: Engines, table: LakeTable, copy: Groups) -> str:
    """Sample keys of the rows in which the scratch copy, of which `copy` are the groups, differs from the lake.

    Raises what `Engines.both` raises.
    """
    [lake] = engines.lake("publish_groups", name=table.name, version=table.version)
    groups = differing(lake["groups"], copy)[:GROUPS]
    if not groups:
        return "the rows as loaded are equal, so they changed while being made visible"
    asked = {"name": table.name, "groups": groups}
    [of_lake], [of_copy] = engines.both("publish_keys", asked | {"version": table.version}, asked)
    return sample(of_lake["keys"], of_copy["keys"])


def differing(lake: Groups, copy: Groups) -> list[str]:
    """The groups whose rows or digest differ, or that only one side has."""
    return sorted(group for group in lake.keys() | copy.keys() if lake.get(group) != copy.get(group))


def sample(lake: Rows, copy: Rows) -> str:
    """The first keys that differ, each with how."""
    how = dict.fromkeys(lake, "missing in the copy") | dict.fromkeys(copy, "only in the copy")
    how |= dict.fromkeys(lake.keys() & copy.keys(), "changed")
    told = [f"{key} ({how[key]})" for key in sorted(how) if lake.get(key) != copy.get(key)]
    return f"for example {', '.join(told[:SHOWN])}"
