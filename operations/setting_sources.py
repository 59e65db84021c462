"""The origin of each setting in force: the environment, a file of dlt, the local services, or a default."""

import os
import re
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any

from ingestion.masking import LOOKS_SECRET, mask
from ingestion.protocols.config import SecretsUnavailable, asking_providers, missing
from ingestion.settings import PROJECT, Settings
from ingestion.sources import load_sources

HIDDEN = "(set, not shown)"
ENV_VAR = re.compile(r"env_var\(\s*'(\w+)'(?:\s*,\s*'([^']*)')?\s*\)")
NEEDED = ("LAKEHOUSE_SNOWFLAKE_ACCOUNT", "LAKEHOUSE_STAGE")
"""Settings that publishing needs and no default replaces."""
AWS = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID")


@dataclass(frozen=True)
class Setting:
    """A setting: its name as an environment variable, its value (None: not set), and who set it."""

    name: str
    value: str | None
    origin: str
    """environment | local services | default | missing | not set | a file of dlt | the reason why it is not known."""
    instead: str = ""
    """Of one that is missing: what may be set instead."""


def known_environment() -> frozenset[str]:
    """The variables that are set now: what appears later comes from the local services."""
    return frozenset(os.environ)


def settings_in_force(settings: Settings, before: frozenset[str]) -> list[Setting]:
    """Every setting: the project's, those that profiles.yml reads, AWS's, and each source's."""
    told = {setting.name: setting for setting in own(settings, before)}
    for setting in (*of_profiles(before), *(variable(name, before) for name in (*NEEDED, *AWS))):
        told.setdefault(setting.name, setting)
    return [*told.values(), *of_sources(before)]


def own(settings: Settings, before: frozenset[str]) -> Iterator[Setting]:
    """The fields of `Settings`, resolved, and the instant that counts as now."""
    for field in fields(settings):
        name = f"LAKEHOUSE_{field.name.upper()}"
        yield Setting(name, mask(str(getattr(settings, field.name))), who_set(name, before) or "default")
    origin = who_set("LAKEHOUSE_NOW", before) or ("the demo's clock" if settings.fixed_now() else "default")
    yield Setting("LAKEHOUSE_NOW", settings.now().isoformat(timespec="seconds"), origin)


def of_profiles(before: frozenset[str]) -> Iterator[Setting]:
    """The variables that dbt's targets read."""
    for name, default in ENV_VAR.findall((PROJECT / "profiles.yml").read_text()):
        yield variable(name, before, default)


def variable(name: str, before: frozenset[str], default: str = "") -> Setting:
    """An environment variable as a setting."""
    if name not in os.environ:
        unset = "default" if default else "missing" if name in NEEDED else "not set"
        return Setting(name, default or None, unset)
    value = HIDDEN if LOOKS_SECRET.search(name) else mask(os.environ[name])
    return Setting(name, value, who_set(name, before) or "environment")


def who_set(name: str, before: frozenset[str]) -> str | None:
    """Return who put a variable into the environment; None: nobody."""
    if name in before:
        return "environment"
    return "local services" if name in os.environ else None


def of_sources(before: frozenset[str]) -> Iterator[Setting]:
    """Return what each source asks for, found where dlt finds it."""
    for source in load_sources().values():
        if source.settings is None:
            continue
        try:
            found = {field.name: of_source(source.name, field, before) for field in fields(source.settings)}
        except SecretsUnavailable as error:  # for each further source the same wait, the same reason
            yield Setting("SOURCES__*", None, str(error))
            return
        gaps = missing(source.settings, {name: setting.value for name, setting in found.items()})
        for name, setting in found.items():
            ways = (" and ".join(variable_of(source.name, part) for part in way) for way in gaps.get(name, ()))
            yield replace(setting, origin="missing", instead=" or ".join(ways)) if name in gaps else setting


def variable_of(source: str, name: str) -> str:
    """A source's setting as an environment variable."""
    return f"SOURCES__{source}__{name}".upper()


def of_source(source: str, field: Any, before: frozenset[str]) -> Setting:
    """One setting of a source, from the first of dlt's providers that has it."""
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

    name = variable_of(source, field.name)
    with asking_providers(name):
        providers = Container()[PluggableRunContext].providers.providers
    for provider in providers:
        with asking_providers(name):
            value, _ = provider.get_value(field.name, Any, None, "sources", source)
        if value is not None:
            secret = not field.repr or LOOKS_SECRET.search(name)
            return Setting(name, HIDDEN if secret else mask(str(value)), who_set(name, before) or provider.name)
    return unset(name, field)


def unset(name: str, field: Any) -> Setting:
    """A source's setting that nobody set: its default, if it has one, or missing."""
    if field.default is MISSING:
        return Setting(name, None, "missing")
    return (
        Setting(name, None, "not set") if field.default in (None, "") else Setting(name, str(field.default), "default")
    )
