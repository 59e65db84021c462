"""Statements: most go to Sail as they are, some are orders to the adapter, some Sail would get wrong."""

import json
import re
from typing import Any

import pyarrow as pa
from dbt.adapters.lake import merging, refusals, staging, tables, views
from dbt.adapters.lake.design import Design
from dbt.adapters.lake.errors import LakeError
from dbt.adapters.lake.folder import Name
from dbt.adapters.lake.lake import Lake
from dbt.adapters.lake.server import ask
from dbt.adapters.lake.sqltext import code
from pyspark.sql import DataFrame

_NAME = r"`?(?P<schema>\w+)`?\s*\.\s*`?(?P<identifier>[\w.-]+)`?"
# `-- lake {...}` after dbt's comments: one line that says what to do, then the query that it is about
ORDER = re.compile(r"\A(?:\s|/\*.*?\*/|--(?! lake )[^\n]*\n)*-- lake (\{.*?\})\n", re.DOTALL)
QUERY = re.compile(r"\s*(\(|(select|with|values)\b)", re.IGNORECASE)
READ = re.compile(r"\s*((show|describe|desc|explain|use|set)\b|create\s+(or\s+replace\s+)?temp)", re.IGNORECASE)
SET = re.compile(r"\s*set\s+([\w.]+)\s*=\s*(\S+)\s*\Z", re.IGNORECASE)
DROP = re.compile(rf"\s*drop\s+(?P<kind>table|view)\s+(if\s+exists\s+)?{_NAME}\s*\Z", re.IGNORECASE)
CREATE = re.compile(rf"\s*create\s+(or\s+replace\s+)?table\s+(if\s+not\s+exists\s+)?{_NAME}[\s(]", re.IGNORECASE)
UPKEEP = re.compile(rf"\s*(?P<verb>optimize|vacuum)\s+{_NAME}\s*\Z", re.IGNORECASE)


def execute(lake: Lake, sql: str) -> DataFrame | None:
    """Run one statement; its rows are fetched later. None where it has none to give.

    Raises `LakeError` for what Sail would do wrong without a word, and what Sail says of the statement.
    """
    text = code(sql)
    refusals.refuse(sql, text, lambda query: ask(lake.spark, query).schema)
    if order := ORDER.match(sql):
        _obey(lake.writable(), json.loads(order[1]), sql[order.end() :])
        return None
    if change := SET.match(text):
        lake.spark.conf.set(change[1], change[2])
        return None
    if QUERY.match(text):
        return ask(lake.spark, sql)
    if READ.match(text):
        return lake.spark.sql(sql)
    return _write(lake.writable(), sql, text)


def rows_of(frame: DataFrame) -> pa.Table:
    """Fetch the rows. Raises `LakeError` where Sail has computed what the types that it says can't hold."""
    try:
        return frame.toArrow()
    except pa.ArrowInvalid as error:
        raise LakeError(
            f"Sail has computed decimals with other digits than it says ({error}): cast each decimal that the query "
            "gives, as in cast(total as decimal(18, 2))"
        ) from error


def _obey(lake: Lake, order: dict[str, Any], query: str) -> None:
    """Do what a macro ordered: {"do": …, "key": [schema, identifier], …}."""
    do, name = order.pop("do"), Name(*order.pop("key"))
    if do == "view":
        views.create(lake, name, query)
    elif do == "stage":
        staging.stage(lake, order["view"], query)
    elif do == "replace":
        tables.replace(lake, name, query, Design(**order))
    elif do == "overwrite":
        tables.overwrite(lake, name, query, Design(**order))
    elif do == "merge":
        merging.merge(lake, name, query, **order)
    else:
        raise LakeError(f"no such order: {do!r}")


def _write(lake: Lake, sql: str, text: str) -> DataFrame | None:
    """A statement in a hook or an operation: what Sail lacks is done here, and the catalogue kept in step."""
    if match := DROP.match(text):
        (views if match["kind"].lower() == "view" else tables).drop(lake, Name(match["schema"], match["identifier"]))
    elif match := UPKEEP.match(text):
        upkeep = tables.optimize if match["verb"].lower() == "optimize" else tables.vacuum
        upkeep(lake, Name(match["schema"], match["identifier"]))
    elif match := CREATE.match(text):
        name = Name(match["schema"], match["identifier"])
        lake.catalogue.claim(name)
        lake.spark.sql(sql)
        lake.catalogue.add_table(name)
    else:
        return lake.spark.sql(sql)
    return None
