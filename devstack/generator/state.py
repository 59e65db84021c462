"""Which demo the local services hold: `<home>/services/demo.json`, and the demo's clock.

Both are written last, when every source is filled: before that the demo is still where it was.
"""

import json
from datetime import UTC, date, datetime, time
from pathlib import Path

from devstack.generator.timeline import Timeline
from ingestion.settings import Settings

EVENING = time(23, tzinfo=UTC)
"""The demo's time of day: everything it holds is older."""


def file(settings: Settings) -> Path:
    """Where it is kept."""
    return settings.services / "demo.json"


def read(settings: Settings) -> Timeline | None:
    """The demo there is, or None."""
    try:
        kept = json.loads(file(settings).read_text())
    except FileNotFoundError:
        return None
    return Timeline(
        seed=kept["seed"],
        scale=kept["scale"],
        first=date.fromisoformat(kept["first"]),
        as_of=date.fromisoformat(kept["as_of"]),
        days=kept["days"],
    )


def write(settings: Settings, line: Timeline) -> None:
    """Keep it, and set the clock to the evening of its last day."""
    kept = {
        "seed": line.seed,
        "scale": line.scale,
        "first": line.first.isoformat(),
        "as_of": line.as_of.isoformat(),
        "days": line.days,
    }
    _replace(settings.clock, datetime.combine(line.as_of, EVENING).isoformat() + "\n")
    _replace(file(settings), json.dumps(kept, indent=2) + "\n")


def _replace(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text)
    unfinished.rename(path)
