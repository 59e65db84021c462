"""The settings every room shares: where things are, and what time it is.

Each is one environment variable with the prefix LAKEHOUSE_; sources have theirs in `.dlt/` (dlt's own rules),
dbt's targets in `profiles.yml`, which reads the same variables.
"""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
"""The repository's root, which is the dbt project's root too."""


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
    """LAKEHOUSE_PREFIX: put before every schema; empty by default."""
    base_currency: str
    """LAKEHOUSE_BASE_CURRENCY: ISO 4217; USD by default."""
    environment: str
    """LAKEHOUSE_ENVIRONMENT: `local` (emulated services serve what is not configured) or another name."""
    catalog: str
    """LAKEHOUSE_CATALOG: `glue` registers every table in AWS Glue; `none`, the default, does not."""
    leases: str = "file"
    """LAKEHOUSE_LEASES: `dynamodb:<table>` keeps loads on several machines apart (the table is made where it is
    missing); `file`, the default, those on one machine. Correctness doesn't rest on either."""
    clock_skew_s: int = 3600
    """LAKEHOUSE_CLOCK_SKEW_S: seconds by which this machine's clock and a source's may differ; beyond, no window of the
    source is loaded. 3600 by default."""

    @classmethod
    def load(cls) -> "Settings":
        """Read the environment; a relative path is resolved against the project, not the working directory."""
        home = PROJECT / os.environ.get("LAKEHOUSE_HOME", ".lakehouse")
        root = os.environ.get("LAKEHOUSE_ROOT") or str(home / "lake")
        if "://" not in root:
            root = str(PROJECT / root)
        elif not root.startswith("s3://"):
            raise SettingError(f"LAKEHOUSE_ROOT is {root!r}: expected a folder or s3://bucket/prefix")
        catalog = os.environ.get("LAKEHOUSE_CATALOG", "none")
        if catalog not in ("glue", "none"):
            raise SettingError(f"LAKEHOUSE_CATALOG is {catalog!r}: expected glue or none")
        leases = os.environ.get("LAKEHOUSE_LEASES") or "file"
        if leases != "file" and not re.fullmatch(r"dynamodb:[A-Za-z0-9_.-]{3,255}", leases):
            raise SettingError(f"LAKEHOUSE_LEASES is {leases!r}: expected file or dynamodb:<table>")
        environment = os.environ.get("LAKEHOUSE_ENVIRONMENT", "local")
        _refuse_plaintext_aws(environment)
        skew = os.environ.get("LAKEHOUSE_CLOCK_SKEW_S") or "3600"
        if not skew.isdecimal():
            raise SettingError(f"LAKEHOUSE_CLOCK_SKEW_S is {skew!r}: expected whole seconds such as 3600")
        return cls(
            home=home,
            root=root.rstrip("/"),
            prefix=os.environ.get("LAKEHOUSE_PREFIX", ""),
            base_currency=os.environ.get("LAKEHOUSE_BASE_CURRENCY", "USD"),
            environment=environment,
            catalog=catalog,
            leases=leases,
            clock_skew_s=int(skew),
        )

    @property
    def lease_table(self) -> str | None:
        """The DynamoDB table of the leases; None where they are files."""
        return self.leases.removeprefix("dynamodb:") if self.leases != "file" else None

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
        text = os.environ.get("LAKEHOUSE_NOW")
        if not text and self.environment == "local" and self.clock.is_file():
            text = self.clock.read_text().strip()
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise SettingError(
                f"LAKEHOUSE_NOW is {text!r}: expected an ISO 8601 instant such as 2026-01-31T02:00:00Z"
            ) from error
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


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
