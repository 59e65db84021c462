"""The settings every room shares: where things are, and what time it is.

Each is one environment variable with the prefix LAKEHOUSE_; sources have theirs in `.dlt/` (dlt's own rules),
dbt's targets in `profiles.yml`, which reads the same variables.
"""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

PROJECT = Path(os.environ.get("LAKEHOUSE_PROJECT") or Path(__file__).resolve().parents[1])
"""The dbt project's root: LAKEHOUSE_PROJECT, which an installed wheel needs; else the repository's root."""

_DYNAMODB = r"dynamodb:[\w.-]{3,255}"


class SettingError(ValueError):
    """A setting is missing or wrong. The message names the variable, what it must be, and how to go on."""


@dataclass(frozen=True)
class Settings:
    """The values in force, read once from the environment by `Settings.load`."""

    home: Path
    """LAKEHOUSE_HOME: everything local (services, runs, site, dlt's data); `.lakehouse` in the project by default."""
    root: str
    """LAKEHOUSE_ROOT: the lake, an absolute folder or s3://bucket/prefix; `<home>/lake` by default."""
    prefix: str
    """LAKEHOUSE_PREFIX: put before every schema, lower snake case; empty by default."""
    base_currency: str
    """LAKEHOUSE_BASE_CURRENCY: ISO 4217, one of seeds/currencies.csv; USD by default."""
    environment: str
    """LAKEHOUSE_ENVIRONMENT: `local` (emulated services serve what is not configured) or another name, in
    lower case."""
    catalog: str
    """LAKEHOUSE_CATALOG: `glue` registers every table in AWS Glue; `none`, the default, does not."""
    leases: str = "file"
    """LAKEHOUSE_LEASES: `dynamodb:<table>` keeps loads on several machines apart (the table is made where it is
    missing); `file`, the default, those on one machine. Correctness doesn't rest on either."""
    state: str = "none"
    """LAKEHOUSE_STATE: `dynamodb:<table>` gets a readable copy of each run's end and of the watermarks; `none`, the
    default, nothing does. Losing the copy loses nothing."""
    artifacts: str = ""
    """LAKEHOUSE_ARTIFACTS: a folder or s3://bucket/prefix that gets what dbt leaves of each build, with which another
    machine goes on; empty, the default: nothing is copied."""
    clock_skew_s: int = 3600
    """LAKEHOUSE_CLOCK_SKEW_S: seconds by which this machine's clock and a source's may differ; beyond, no window of the
    source is loaded. 3600 by default."""

    @classmethod
    def load(cls) -> "Settings":
        """Read the environment; a relative path is resolved against the project, not the working directory.

        Raises SettingError for the first value that can't be right, LAKEHOUSE_NOW's too.
        """
        home = PROJECT / checked("HOME", ".lakehouse", r".+", "a folder such as .lakehouse")
        root = _place("ROOT", str(home / "lake"))
        environment = checked(
            "ENVIRONMENT", "local", r"[a-z][a-z0-9_-]*", "local, or a name in lower case such as production"
        )
        _refuse_plaintext_aws(environment)
        if now := os.environ.get("LAKEHOUSE_NOW"):
            parsed_instant(now, "LAKEHOUSE_NOW is")
        return cls(
            home=home,
            root=root,
            prefix=checked("PREFIX", "", r"([a-z][a-z0-9_]*)?", "lower snake case such as my_"),
            base_currency=checked(
                "BASE_CURRENCY", "USD", _currencies(), "a currency of seeds/currencies.csv such as USD"
            ),
            environment=environment,
            catalog=checked("CATALOG", "none", "glue|none", "glue or none"),
            leases=checked("LEASES", "", rf"|file|{_DYNAMODB}", "file or dynamodb:<table>") or "file",
            state=checked("STATE", "", rf"|none|{_DYNAMODB}", "none or dynamodb:<table>") or "none",
            artifacts=_place("ARTIFACTS", ""),
            clock_skew_s=int(checked("CLOCK_SKEW_S", "", r"\d{0,9}", "whole seconds such as 3600") or 3600),
        )

    @property
    def lease_table(self) -> str | None:
        """The DynamoDB table of the leases; None where they are files."""
        return self.leases.removeprefix("dynamodb:") if self.leases != "file" else None

    @property
    def state_table(self) -> str | None:
        """The DynamoDB table of the state's copy; None where there is none."""
        return self.state.removeprefix("dynamodb:") if self.state != "none" else None

    @property
    def bronze(self) -> str:
        """The folder of the bronze tables: `<root>/<prefix>bronze`."""
        return f"{self.root}/{self.prefix}bronze"

    @property
    def services(self) -> Path:
        """Data, logs and ports of the local services."""
        return self.home / "services"

    @property
    def clock(self) -> Path:
        """The demo's clock: one ISO instant, written by `lakehouse demo-data`, read by emulators, loaders and dbt."""
        return self.services / "clock"

    @property
    def runs(self) -> Path:
        """Run records, `<run id>.json`."""
        return self.home / "runs"

    def now(self) -> datetime:
        """The instant that counts as now, UTC: LAKEHOUSE_NOW, else the demo's clock, else the real clock."""
        fixed = self.fixed_now()
        return datetime.now(UTC) if fixed is None else fixed

    def fixed_now(self) -> datetime | None:
        """The instant that replaces every clock, UTC: LAKEHOUSE_NOW, else the demo's clock; None without either.

        The demo's clock counts only in the environment `local`.
        """
        if now := os.environ.get("LAKEHOUSE_NOW"):
            return parsed_instant(now, "LAKEHOUSE_NOW is")
        if self.environment != "local" or not self.clock.is_file():
            return None
        return parsed_instant(self.clock.read_text().strip(), f"the demo's clock, {self.clock}, says")


def checked(name: str, default: str, pattern: str, expected: str) -> str:
    """Return LAKEHOUSE_<name>, else the default; raises SettingError for a value that isn't the pattern.

    A default that isn't the pattern either makes the setting one that has to be set.
    """
    value = os.environ.get(f"LAKEHOUSE_{name}", default)
    if not re.fullmatch(pattern, value, re.ASCII):
        if f"LAKEHOUSE_{name}" not in os.environ:
            raise SettingError(f"LAKEHOUSE_{name} is not set: expected {expected}; set it")
        raise SettingError(f"LAKEHOUSE_{name} is {value!r}: expected {expected}; correct or unset it")
    return value


def _place(name: str, default: str) -> str:
    """Return LAKEHOUSE_<name>, an absolute folder or s3://, without a slash at its end; raises SettingError."""
    place = os.environ.get(f"LAKEHOUSE_{name}") or default
    if place and "://" not in place:
        place = str(PROJECT / place)
    elif place and not place.startswith("s3://"):
        raise SettingError(
            f"LAKEHOUSE_{name} is {place!r}: expected a folder or s3://bucket/prefix; correct or unset it"
        )
    return place.rstrip("/")


def parsed_instant(text: str, place: str) -> datetime:
    """An ISO 8601 instant in UTC, without an offset too; raises SettingError with its place."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise SettingError(
            f"{place} {text!r}: expected an ISO 8601 instant such as 2026-01-31T02:00:00Z; correct or remove it"
        ) from error


@cache
def _currencies() -> str:
    seed = PROJECT / "seeds" / "currencies.csv"
    if not seed.is_file():
        raise SettingError(
            f"{PROJECT} holds no dbt project: expected {seed}, which a wheel lacks; unpack the release's "
            "project.tar.gz and set LAKEHOUSE_PROJECT to that folder"
        )
    rows = seed.read_text(encoding="utf-8").splitlines()[1:]
    return "|".join(re.escape(row.partition(",")[0]) for row in rows)


def _refuse_plaintext_aws(environment: str) -> None:
    """Raise SettingError outside environment `local` for an AWS endpoint without TLS.

    AWS_ENDPOINT_URL, a service's own (AWS_ENDPOINT_URL_S3) and object_store's AWS_ENDPOINT: signed requests go there,
    and a role's session token in a header.
    """
    for name, value in sorted(os.environ.items()):
        if environment != "local" and name.startswith("AWS_ENDPOINT") and value.lower().startswith("http://"):
            raise SettingError(
                f"{name} is http, which sends AWS credentials without TLS: expected https in environment "
                f"{environment!r}; unset it, or set LAKEHOUSE_ENVIRONMENT=local for emulated services"
            )
