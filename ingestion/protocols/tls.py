"""TLS where secrets travel: required in every environment but `local`, whose services are emulated on this machine."""

import re

from ingestion.protocols.config import spelling
from ingestion.settings import SettingError, Settings

_WEB = re.compile(
    r"(?P<scheme>https?)://(?P<login>[^/?#\s]*@)?(?P<place>(?:\[[0-9A-Fa-f:.]+\]|[^:@/?#\[\]\s]+)(:\d{1,5})?)(?P<path>/[^?#\s]*)?"
)


def refuse_plaintext(place: str, found: str, expected: str) -> None:
    """Raise SettingError outside environment `local`: what is set there sends a secret without TLS."""
    environment = Settings.load().environment
    if environment != "local":
        raise SettingError(
            f"{place} is {found}, which sends secrets without TLS: expected {expected} in environment {environment!r}"
        )


def web_url(source: str, name: str, value: str, *, sends_secrets: bool = True) -> str:
    """A setting that is a web address, without a slash at its end.

    Raises SettingError, which never shows the value, for anything else, a query among it, and outside environment
    `local` for http where secrets are sent: a login in the URL is one.
    """
    place = spelling(source, name, "config")
    found = _WEB.fullmatch(value)
    if not found:
        raise SettingError(f"{place} is not a web address: expected https://host[:port][/path], without a query")
    if found["scheme"] == "http" and (sends_secrets or found["login"]):
        refuse_plaintext(place, "http", "https")
    return value.rstrip("/")
