"""The way to go on after a failure: what isn't running here, and the command."""

from ingestion.settings import Settings
from operations.emulators import statuses


def resume(settings: Settings, command: str = "lakehouse run") -> str:
    """`not running: postgres; go on with: lakehouse up && lakehouse run`; elsewhere than locally only the command."""
    down = [one["name"] for one in statuses(settings) if not one["healthy"]]
    if not down:
        return f"go on with: {command}"
    return f"not running: {', '.join(down)}; go on with: lakehouse up && {command}"
