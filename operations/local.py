"""In the environment `local`, the emulated services serve whatever is not configured otherwise."""

import os

from devstack import services
from ingestion.settings import SettingError, Settings


def use_local_services(settings: Settings) -> Settings:
    """Point this process at the local services and return the settings that now hold.

    Variables that are already set win. Other environments than `local` are left as they are. Raises `SettingError`
    when the services are not running.
    """
    if settings.environment != "local":
        return settings
    values = services.environment(settings)
    if not values:
        raise SettingError("the local services are not running: lakehouse up")
    for name, value in values.items():
        os.environ.setdefault(name, value)
    os.environ.update(services.beside_proxies())
    return Settings.load()


def use_lake() -> Settings:
    """For who only looks at the lake: the local services are used where they run, and not missed where they don't."""
    settings = Settings.load()
    try:
        return use_local_services(settings)
    except SettingError:
        return settings
