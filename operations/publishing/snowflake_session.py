"""A session of the role that publishes, and what that role may do."""

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from ingestion.settings import SettingError
from operations.publishing.snowflake import CONNECT_SECONDS, Target

Row = dict[str, Any]
Ask = Callable[[str], list[Row]]
"""Runs a statement; rows by the names of their columns, in lower case."""


def setting(name: str, default: str = "") -> str:
    """LAKEHOUSE_SNOWFLAKE_<name>, as profiles.yml reads it."""
    return os.environ.get(f"LAKEHOUSE_SNOWFLAKE_{name}") or default


@contextmanager
def session() -> Iterator[Ask]:
    """A session as publish opens it. Raises `SettingError`, `SnowflakeUnavailable`, and the connector's errors."""
    target = Target.load()
    target.check()
    warnings.filterwarnings("ignore", message="urllib3 .* doesn't match a supported version")  # its vendored requests
    import snowflake.connector

    place = {name.lower(): setting(name) for name in ("ACCOUNT", "USER", "ROLE", "WAREHOUSE", "DATABASE", "PROTOCOL")}
    opened: Any = snowflake.connector.connect(
        **{name: value for name, value in {**place, **sign_in()}.items() if value},
        host=target.host,
        port=target.port,
        login_timeout=int(CONNECT_SECONDS * 3),
        network_timeout=30,
        session_parameters={"QUERY_TAG": "lakehouse", "CLIENT_TELEMETRY_ENABLED": False},
    )
    with closing(opened) as connection:

        def ask(statement: str) -> list[Row]:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                names = [column[0].lower() for column in cursor.description]
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        yield ask


def sign_in() -> dict[str, Any]:
    """Key pair, OAuth token or password, in the connector's words. Raises `SettingError`."""
    text, file, passphrase = setting("PRIVATE_KEY"), setting("PRIVATE_KEY_PATH"), setting("PRIVATE_KEY_PASSPHRASE")
    given = {
        "private_key": private_key(text, passphrase) if text else "",
        "private_key_file": file,
        "private_key_file_pwd": passphrase if file else "",
        "token": setting("TOKEN"),
        "password": setting("PASSWORD"),
    }
    usual = "SNOWFLAKE_JWT" if text or file else "oauth" if given["token"] else ""
    return {**given, "authenticator": setting("AUTHENTICATOR", usual)}


def private_key(text: str, passphrase: str) -> Any:
    """Return the key of a PEM text. Raises `SettingError`, without a piece of the text."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(text.encode(), passphrase.encode() or None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        raise SettingError(
            "LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY is no private key that LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE opens: "
            "expected the text of a PEM file, its first and last line included, and the passphrase it was made with"
        ) from None


@dataclass(frozen=True)
class Rights:
    """Privileges of a role: its own, and those of the roles that it inherits."""

    role: str
    held: frozenset[tuple[str, str, str]]
    """Privilege, kind of object, its name: ("USAGE", "SCHEMA", "ANALYTICS.GOLD")."""

    @classmethod
    def of(cls, role: str, ask: Ask) -> "Rights":
        """As SHOW GRANTS reports them. Every role inherits PUBLIC."""
        held, seen, waiting = set[tuple[str, str, str]](), set[str](), [role, "PUBLIC"]
        while waiting:
            asked = waiting.pop()
            if asked in seen:
                continue
            seen.add(asked)
            for row in ask(f'show grants to role "{asked}"'):
                held.add((row["privilege"].upper(), row["granted_on"].upper(), row["name"].replace('"', "").upper()))
                if row["granted_on"] == "ROLE" and row["privilege"] == "USAGE":
                    waiting.append(row["name"].strip('"'))
        return cls(role, frozenset(held))

    def lacking(self, kind: str, name: str, *privileges: str) -> list[str]:
        """Return which of the privileges on an object are missing; an object's owner has all of them."""
        if ("OWNERSHIP", kind, name) in self.held:
            return []
        return [one for one in privileges if (one, kind, name) not in self.held]
