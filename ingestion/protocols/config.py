"""Settings of a source, from dlt's section `sources.<name>`: environment, `.dlt/*.toml`, or a secrets manager.

A source declares them as a frozen dataclass: the field is the setting, its default the default, `secret()` what is
never shown, and text.
Only the exact section counts. dlt's own look-up would also take `USER` or `PORT` of the shell for ours.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, get_type_hints

from ingestion.masking import mask, remember
from ingestion.settings import SettingError
from ingestion.spec import SourceUnavailable

T = TypeVar("T")
Ways = tuple[tuple[str, ...], ...]
"""Sets of settings of which one is needed whole: a URL, or its parts."""


class SecretsUnavailable(SettingError):
    """A secrets manager could not be asked for a setting: which setting, why, and what to check."""


def secret(default: Any = dataclasses.MISSING) -> Any:
    """A field that never shows in a repr, a log or a message."""
    return dataclasses.field(default=default, repr=False)


def resolve(kind: type[T], source: str) -> T:
    """Fill `kind` from the section `sources.<source>`; raises SettingError for what is missing or of a wrong type."""
    import dlt  # slow, and needed only when somebody connects
    from dlt.common.configuration.exceptions import ConfigValueCannotBeCoercedException

    values: dict[str, Any] = {}
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        place = spelling(source, field.name, "config" if field.repr else "secrets")
        try:
            name = f"sources.{source}.{field.name}"
            with asking_providers(place):
                # dlt.secrets doesn't read config.toml, dlt.config reads everything; a secrets manager is asked only for
                # what has no other type than secret
                value = dlt.config.get(name, hints[field.name]) if field.repr else dlt.secrets.get(name)
        except ConfigValueCannotBeCoercedException:
            raise SettingError(f"{place}: expected a value of type {hints[field.name].__name__}") from None
        if value is not None:
            values[field.name] = value if field.repr else str(value)
            remember(str(value), is_secret=not field.repr)
        elif field.default is dataclasses.MISSING:
            raise SettingError(f"{source} can't be read: {place} is not set")
    return kind(**values)


@contextmanager
def asking_providers(setting: str) -> Iterator[None]:
    """Raise `SecretsUnavailable` with the setting's name where a provider of dlt fails instead of answering."""
    from botocore.exceptions import BotoCoreError, ClientError
    from dlt.common.configuration.exceptions import ConfigFieldMissingException, ConfigProviderException

    try:
        yield
    except (BotoCoreError, ClientError, ConfigFieldMissingException, ConfigProviderException) as error:
        raise SecretsUnavailable(
            f"{setting} can't be looked up: AWS Secrets Manager could not be asked "
            f"({mask(str(error)).splitlines()[0]}); check AWS credentials (`aws sts get-caller-identity`), "
            "AWS_DEFAULT_REGION and the way to the endpoint, or set PROVIDERS__ENABLE_AWS_SECRETS=false"
        ) from error


def missing(kind: type[Any], values: Mapping[str, Any]) -> dict[str, Ways]:
    """Setting -> what may be set instead, for those that no default replaces and nobody set.

    A dataclass with such settings has a classmethod `ways(values) -> Ways`. Of several ways, the one begun counts.
    """
    ways: Ways = kind.ways(values) if hasattr(kind, "ways") else ()
    unset = {way: tuple(name for name in way if not values.get(name)) for way in ways}
    if not ways or not all(unset.values()):
        return {}
    begun = max(ways, key=lambda way: len(way) - len(unset[way]))
    return dict.fromkeys(unset[begun], tuple(way for way in ways if way != begun))


def spelling(source: str, name: str, file: str = "secrets") -> str:
    """Return a setting's name: `SOURCES__POSTGRES__CREDENTIALS (or credentials under [sources.postgres] in …)`."""
    variable = f"SOURCES__{source}__{name}".upper()
    return f"{variable} (or {name} under [sources.{source}] in .dlt/{file}.toml)"


def unavailable(source: str, address: str, error: BaseException, settings: object) -> SourceUnavailable:
    """A SourceUnavailable with address and reason in one line, and without any secret of `settings`."""
    return SourceUnavailable(f"{source} at {address} is not available: {reason(error, settings)}")


def reason(error: BaseException, settings: object) -> str:
    """The error's text on one line, secrets replaced by ***."""
    for field in dataclasses.fields(settings):  # type: ignore[arg-type]
        remember(str(getattr(settings, field.name) or ""), is_secret=not field.repr)
    return " ".join(mask(str(error)).split()) or type(error).__name__
