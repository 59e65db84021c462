"""The copy's target: Snowflake's address out of the settings, and whether anything answers there.

Snowflake's connector repeats a statement for as long as it takes when its server is gone, so whoever waits for one
looks at the address meanwhile.
"""

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.request import getproxies

from ingestion.protocols.tls import refuse_plaintext
from ingestion.settings import SettingError

CONNECT_SECONDS = 5.0
PATIENCE = 15.0
"""Seconds without any answer after which a server counts as gone."""


class SnowflakeUnavailable(RuntimeError):
    """Snowflake could not be reached: which address, and why."""


@dataclass(frozen=True)
class Target:
    """The account that is published to."""

    host: str
    port: int

    @classmethod
    def load(cls) -> "Target":
        """Out of LAKEHOUSE_SNOWFLAKE_*, as profiles.yml reads them. Raises `SettingError`."""
        account = os.environ.get("LAKEHOUSE_SNOWFLAKE_ACCOUNT", "")
        if not account:
            raise SettingError("LAKEHOUSE_SNOWFLAKE_ACCOUNT is not set: publishing needs a Snowflake account")
        if os.environ.get("LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY") and os.environ.get("LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY_PATH"):
            raise SettingError(
                "LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY and LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY_PATH are both set: expected the "
                "key's text or its file; unset one of them"
            )
        host = os.environ.get("LAKEHOUSE_SNOWFLAKE_HOST") or f"{account.replace('_', '-')}.snowflakecomputing.com"
        port = os.environ.get("LAKEHOUSE_SNOWFLAKE_PORT") or "443"
        protocol = os.environ.get("LAKEHOUSE_SNOWFLAKE_PROTOCOL") or "https"
        if protocol != "https":
            refuse_plaintext("LAKEHOUSE_SNOWFLAKE_PROTOCOL", repr(protocol), "https")
        if not port.isdecimal():
            raise SettingError(f"LAKEHOUSE_SNOWFLAKE_PORT is {port!r}: expected a number")
        return cls(host, int(port))

    def __str__(self) -> str:
        """For people."""
        return f"Snowflake at {self.host}:{self.port}"

    def fault(self) -> str | None:
        """Return why no connection can be made; None when one can. Behind a proxy only the proxy could tell: None."""
        if proxied(getproxies(), self.host):
            return None
        try:
            socket.create_connection((self.host, self.port), CONNECT_SECONDS).close()
        except OSError as error:
            return str(error)
        return None

    def check(self) -> None:
        """Raise `SnowflakeUnavailable` when no connection can be made."""
        if fault := self.fault():
            raise self.unavailable(fault)

    def unavailable(self, why: str) -> SnowflakeUnavailable:
        """The error that says so."""
        return SnowflakeUnavailable(f"{self} is unreachable: {why}")


def proxied(proxies: Mapping[str, str], host: str) -> bool:
    """True if connections to a host go through a proxy."""
    from urllib.request import proxy_bypass

    return "https" in proxies and not proxy_bypass(host)


class Watch:
    """Asked now and then; gives a reason to stop waiting once nothing has answered for a while."""

    def __init__(self, target: Target, patience: float = PATIENCE) -> None:
        self.target, self.patience = target, patience
        self.answered = time.monotonic()

    def __call__(self) -> str | None:
        """The reason, or None."""
        fault = self.target.fault()
        if fault is None:
            self.answered = time.monotonic()
        elif time.monotonic() - self.answered > self.patience:
            return str(self.target.unavailable(fault))
        return None
