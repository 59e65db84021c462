"""Lets pytest run dbt's own tests of adapters, as dbt ships them, on a target.

A plugin that comes after `dbt.tests.fixtures.project`, some of whose fixtures it takes the place of.

What an adapter's authors would say in a class of their own, because the tests are PostgreSQL's, is said here for all:
tables are Delta, and a project that asks for nothing else merges by key.
"""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

DELTA = {
    "models": {"+file_format": "delta", "+incremental_strategy": "merge"},
    "seeds": {"+file_format": "delta"},
    "snapshots": {"+file_format": "delta"},
}


@pytest.fixture(scope="class")
def dbt_profile_target(project_root: Any) -> dict[str, Any]:
    """The target that DBT_SUITE names; Spark's server is at SPARK_REMOTE."""
    if os.environ["DBT_SUITE"] == "local":
        return {"type": "lake", "root": f"{project_root}/lake", "threads": 4}
    return {"type": "spark", "method": "session", "host": "NA", "threads": 4}


@pytest.fixture(scope="class")
def dbt_project_yml(project_root: Any, project_config_update: Any) -> dict[str, Any]:
    """The project's settings, Delta below those of a test."""
    flags = {"send_anonymous_usage_stats": False}
    told = yaml.safe_load(project_config_update) if isinstance(project_config_update, str) else project_config_update
    config = {"name": "test", "profile": "test", "flags": flags, **_over(DELTA, told or {})}
    Path(project_root, "dbt_project.yml").write_text(yaml.safe_dump(config))
    return config


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    mixed = dict(below)
    for name, value in above.items():
        both = isinstance(value, dict) and isinstance(below.get(name), dict)
        mixed[name] = _over(below[name], value) if both else value
    return mixed


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test once: where its class stands, not where it is imported, nor in a class that another completes."""
    classes = {item.cls for item in items if isinstance(item, pytest.Function) and item.cls}
    completed = {base for one in classes for base in one.__mro__[1:]}
    items[:] = [
        item
        for item in items
        if isinstance(item, pytest.Function)
        and item.cls
        and item.cls.__module__ == item.module.__name__
        and item.cls not in completed
    ]
