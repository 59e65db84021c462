"""The profile's fields. Relative paths are resolved against the dbt project's folder, never the working directory."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbt.adapters.contracts.connection import Credentials
from dbt.flags import get_flags
from dbt_common.exceptions import DbtRuntimeError


class Fleeting(str):
    """A text that may change from run to run without a word to dbt's parser, which compares reprs.

    So a config must not depend on it: `{{ config(enabled=target.now > '2026') }}` would keep its first value.
    """

    def __repr__(self) -> str:
        return "(of the run)"


@dataclass
class LakeCredentials(Credentials):
    """A target of type `lake`."""

    root: str = ""
    """The lake: a folder, or s3://bucket/prefix; S3 settings come from the AWS_* variables."""
    schema: str = ""
    """The schema of models that name none; builds with the same schema wait for each other."""
    database: str | None = None  # type: ignore[assignment]
    server_side_parameters: dict[str, str] = field(default_factory=dict)
    """Spark settings of the session, such as spark.sql.session.timeZone (UTC if unset)."""
    now: str = ""
    """The instant that counts as now (ISO 8601): what `target.now` says."""
    clock: str = ""
    """A file with such an instant, for `target.now` where `now` is empty; it may be missing."""
    lock_timeout: float = 300
    """Seconds to wait for another build on the same lake."""

    @classmethod
    def __pre_deserialize__(cls, data: dict[str, Any]) -> dict[str, Any]:
        """A lake has no databases, but dbt requires the field."""
        fields: dict[str, Any] = super().__pre_deserialize__(data)
        return {"database": None, **fields}

    def __post_init__(self) -> None:
        if not self.root:
            raise DbtRuntimeError("`root` is missing in the profile: expected a folder or s3://bucket/prefix")
        if "://" not in self.root:
            self.root = os.path.normpath(_project() / self.root)
        elif not self.root.startswith("s3://"):
            raise DbtRuntimeError(f"`root` is {self.root!r} in the profile: expected a folder or s3://bucket/prefix")
        self.root = self.root.rstrip("/")
        self.database = None
        self.server_side_parameters = {name: str(value) for name, value in self.server_side_parameters.items()}
        clock = _project() / self.clock
        if not self.now and clock.is_file():
            self.now = clock.read_text(encoding="utf-8").strip()

    @property
    def type(self) -> str:
        """The adapter's name."""
        return "lake"

    @property
    def unique_field(self) -> str:
        """Return what dbt's telemetry would count, hashed."""
        return self.root

    def _connection_keys(self) -> tuple[str, ...]:
        return ("root", "schema", "server_side_parameters", "now", "clock", "lock_timeout")

    def connection_info(self, *, with_aliases: bool = False) -> Iterable[tuple[str, Any]]:
        """Return what `dbt debug` shows and `target` holds. dbt parses the project again when its repr changes."""
        for key, value in super().connection_info(with_aliases=with_aliases):
            yield key, Fleeting(value) if key in ("root", "now", "clock") else value


def _project() -> Path:
    """The folder of dbt_project.yml: where dbt was told, or found it."""
    return Path.cwd() / (getattr(get_flags(), "PROJECT_DIR", None) or "")
