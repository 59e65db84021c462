"""The dbt target of the `lakehouse` verbs: `local`, whose engine builds the lake and reads what is published."""

import os

from ingestion.settings import SettingError


def require_local_target() -> None:
    """Raise SettingError where LAKEHOUSE_TARGET names another target than `local`: no verb builds with it."""
    target = os.environ.get("LAKEHOUSE_TARGET") or "local"
    if target != "local":
        raise SettingError(
            f"LAKEHOUSE_TARGET is {target!r}: expected local, the only target that `lakehouse` builds and publishes "
            f"with; unset it, or build without `lakehouse`: `dbt build --target {target}`"
        )
