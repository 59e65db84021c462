"""The bronze that every engine builds from: the demo's, small, and then its next day. Made by the local services."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingestion.settings import PROJECT
from tests.conftest import PREFIXES

LAKEHOUSE = Path(sys.executable).with_name("lakehouse")
SCALE, DAYS, AS_OF = "0.05", "90", "2026-10-15"


@dataclass(frozen=True)
class Demo:
    """The demo's sources, running, and what was loaded from them."""

    home: Path

    @property
    def bronze(self) -> Path:
        """The folder of bronze's tables."""
        return self.home / "lake" / "bronze"

    @property
    def now(self) -> str:
        """The demo's instant (ISO 8601)."""
        return (self.home / "services" / "clock").read_text().strip()

    def next_day(self) -> None:
        """Move the sources one day on, and load what that brought."""
        self.call("demo-data", "--next-day")
        self.ingest()

    def ingest(self) -> None:
        """Load every table."""
        self.call("run", "--only", "ingest")

    def call(self, *words: str) -> None:
        """Run a command of the project to its end."""
        others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIXES)}
        told = {**others, "LAKEHOUSE_HOME": str(self.home)}
        ran = subprocess.run([LAKEHOUSE, *words], cwd=PROJECT, env=told, capture_output=True, text=True)
        assert ran.returncode == 0, f"lakehouse {' '.join(words)}: {ran.stdout[-2000:]}{ran.stderr[-2000:]}"


@contextmanager
def demo(home: Path) -> Iterator[Demo]:
    """The demo on its first day, loaded; its services are stopped at the end."""
    made = Demo(home)
    try:
        made.call("up")
        made.call("demo-data", "--scale", SCALE, "--days", DAYS, "--as-of", AS_OF)
        made.ingest()
        yield made
    finally:
        made.call("down")
