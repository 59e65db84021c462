"""An AWS of a test's own, emulated by moto, without the other services."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from devstack import services
from ingestion.settings import Settings


@contextmanager
def emulated_aws(home: Path) -> Iterator[dict[str, str]]:
    """The variables that lead to it, named AWS_…; it runs in a LAKEHOUSE_HOME and is stopped at the end."""
    settings = replace(Settings.load(), home=home)
    try:
        services.up(settings, ["moto"])
        found = services.environment(settings)
        yield {name: value for name, value in found.items() if name.startswith("AWS_")}
    finally:
        services.down(settings)
