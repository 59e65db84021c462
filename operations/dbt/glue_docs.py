"""dbt's tables in the catalogue, as bronze's are: each table's columns, and what its documentation says."""

import json
from collections import defaultdict
from typing import Any

from ingestion.bronze.glue import Catalog, Documentation
from ingestion.settings import Settings
from operations.dbt.command import artifacts_folder

KEPT = ("seed", "model", "snapshot")
"""Resource types of dbt that are tables."""
NO_TABLE = ("ephemeral", "view")
"""Materializations that write no table: a view belongs to the engine that built it."""


def register_built(settings: Settings) -> list[str]:
    """Make Glue know the tables of dbt's last build in the lake; returns those that it didn't (`silver.orders`).

    Raises CatalogUnavailable, CatalogTaken.
    """
    manifest = json.loads((artifacts_folder(settings, "local") / "manifest.json").read_text())
    catalog = Catalog(settings)
    return [
        f"{schema}.{name}"
        for schema, documented in documentation(manifest, settings.prefix).items()
        for name in catalog.register(schema, documented, documented)
    ]


def documentation(manifest: dict[str, Any], prefix: str) -> dict[str, dict[str, Documentation]]:
    """Schema without its prefix -> table -> what dbt's documentation says, by dbt's manifest."""
    schemas: dict[str, dict[str, Documentation]] = defaultdict(dict)
    for node in (*manifest["nodes"].values(), *manifest["sources"].values()):
        if is_built(node):
            columns = {name: column["description"] for name, column in node["columns"].items()}
            schema = node["schema"].removeprefix(prefix)
            name = node["name" if node["resource_type"] == "source" else "alias"]
            schemas[schema][name] = Documentation(node["description"].strip(), columns)
    return schemas


def is_built(node: dict[str, Any]) -> bool:
    """True for a table that dbt writes: of its nodes, and test results, which it knows as a source."""
    if node["resource_type"] == "source":
        return bool(node["source_name"] == "audit")
    return node["resource_type"] in KEPT and node["config"]["materialized"] not in NO_TABLE
