"""The emulated services of the environment `local`, which serve whatever is not configured otherwise.

Only the verbs `up`, `down` and `demo-data` and this module know `devstack`; it is imported in that environment alone.
"""

import os
from types import ModuleType
from typing import Any

from ingestion.settings import SettingError, Settings


def use_local_services(settings: Settings) -> Settings:
    """Point this process at the local services and return the settings that now hold.

    Variables that are already set win. Other environments than `local` are left as they are. Raises `SettingError`
    when the services are not running.
    """
    if settings.environment != "local":
        return settings
    values = variables(settings)
    if not values:
        raise SettingError("the local services are not running: lakehouse up")
    for name, value in values.items():
        os.environ.setdefault(name, value)
    os.environ.update(_services().beside_proxies())
    return Settings.load()


def use_lake() -> Settings:
    """The settings for commands that only read the lake: the local services are used where they run, and not needed."""
    settings = Settings.load()
    try:
        return use_local_services(settings)
    except SettingError:
        return settings


def variables(settings: Settings) -> dict[str, str]:
    """The variables that lead to the running local services; empty when nothing runs, and in other environments."""
    if settings.environment != "local":
        return {}
    found: dict[str, str] = _services().environment(settings)
    return found


def statuses(settings: Settings) -> list[dict[str, Any]]:
    """Each local service as `devstack.services.Status` describes it; none in other environments than `local`."""
    if settings.environment != "local":
        return []
    return [vars(one) for one in _services().status(settings)]


def _services() -> ModuleType:
    from devstack import services

    return services
