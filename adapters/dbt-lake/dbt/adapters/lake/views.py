"""Views: Sail forgets them with the process, so their text is kept in the lake and given back to it."""

import re

from dbt.adapters.lake.design import refuse_names
from dbt.adapters.lake.errors import LakeError
from dbt.adapters.lake.folder import Name
from dbt.adapters.lake.lake import Lake
from dbt.adapters.lake.server import ask
from dbt.adapters.lake.sqltext import code
from pyspark.errors import PySparkException

# Sail keeps a view's text without its backticks: a name that needs them would become an expression or a function
NEEDS_BACKTICKS = re.compile(
    r"`(?:\d\w*|\w*[^\w`][^`]*|current_\w+|localtimestamp|session_user|user|now|true|false|null)`", re.IGNORECASE
)


def create(lake: Lake, name: Name, query: str) -> None:
    """Create or replace a view. Raises `LakeError` where Sail could not give it back as it was written."""
    lake.catalogue.claim(name)
    if lost := NEEDS_BACKTICKS.search(code(query)):
        raise _unkeepable(name, f"it forgets the backticks of {lost[0]}")
    refuse_names(name, ask(lake.spark, query).columns)
    text = f"as {query}"
    try:
        lake.catalogue.add_view(name, text)
    except PySparkException as error:
        raise _unkeepable(name, str(error)) from error
    lake.folder.save_view(name, text)


def drop(lake: Lake, name: Name) -> None:
    """Forget a view."""
    lake.catalogue.forget(name)
    lake.folder.delete_view(name)


def rename(lake: Lake, name: Name, new: Name) -> None:
    """Give a view another name."""
    create(lake, new, lake.folder.view(name).removeprefix("as "))
    drop(lake, name)


def _unkeepable(name: Name, reason: str) -> LakeError:
    return LakeError(f"Sail cannot keep {name} as a view ({reason}): make it a table, materialized='table'")
