"""Brings a demo into the local services, one module for each system. Only ever into local ones.

What a system held is replaced, table by table (PostgreSQL: all in one transaction), so that a filling that was
interrupted is simply done again.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa

from devstack import services
from devstack.generator.demo import FILES, Demo
from devstack.generator.dirt import LABEL
from devstack.generator.fill import postgres, salesforce, snowflake, vendor_drop
from ingestion.settings import SettingError, Settings


class FillFailed(RuntimeError):
    """A local service didn't take the demo's data: which one, and why."""


def local_addresses(settings: Settings) -> Mapping[str, str]:
    """Where the local services are, whatever else the environment says. Raises `SettingError` if none runs."""
    addresses = services.environment(settings)
    if not addresses:
        raise SettingError("the local services are not running: lakehouse up")
    return addresses


def fill(settings: Settings, addresses: Mapping[str, str], demo: Demo) -> dict[str, int]:
    """Make the sources hold exactly this demo; returns each one's rows (files of vendors). Raises `FillFailed`."""
    ways: dict[str, Callable[[], int]] = {
        "snowflake": lambda: snowflake.fill(addresses, _tables(demo, "snowflake")),
        "postgres": lambda: postgres.fill(addresses, "shop", _tables(demo, "postgres")),
        "redshift": lambda: postgres.fill(addresses, "analytics", _tables(demo, "redshift")),
        "salesforce": lambda: salesforce.fill(settings.services / "salesforce", _tables(demo, "salesforce")),
        FILES: lambda: vendor_drop.fill(addresses, demo.delivered),
        "cdc": lambda: vendor_drop.fill(addresses, demo.changes, vendor_drop.CHANGES_URL),
    }
    with ThreadPoolExecutor(max_workers=len(ways)) as pool:
        filling = {name: pool.submit(way) for name, way in ways.items()}
        return {name: _result(name, future) for name, future in filling.items()}


def _result(name: str, future: Future[int]) -> int:
    try:
        return future.result()
    except Exception as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise FillFailed(
            f"{name} didn't take the demo's data ({said[0]}); `lakehouse up` starts what is down, then call this again"
        ) from error


def _tables(demo: Demo, source: str) -> dict[str, pa.Table]:
    """A source's tables as it serves them."""
    return {table: rows.drop_columns([LABEL]) for (name, table), rows in demo.tables.items() if name == source}
