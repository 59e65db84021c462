"""The way to go on after a failure: what isn't running here, and the command."""

from ingestion.settings import Settings


def resume(settings: Settings, command: str = "lakehouse run") -> str:
    """`not running: postgres; go on with: lakehouse up && lakehouse run`; elsewhere than locally only the command."""
    down = silent_services(settings) if settings.environment == "local" else []
    if not down:
        return f"go on with: {command}"
    return f"not running: {', '.join(down)}; go on with: lakehouse up && {command}"


def silent_services(settings: Settings) -> list[str]:
    """The local services that don't answer."""
    from devstack import services

    return [one.name for one in services.status(settings) if not one.healthy]
