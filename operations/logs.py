"""Logs: structlog to stderr, one event per fact; stdout stays free for results.

LAKEHOUSE_LOG_FORMAT is `console` (default) or `json`; LAKEHOUSE_LOG_LEVEL a level's name, `info` by default.
Libraries log by the standard library, only from warning on.
"""

import logging
import os
import sys
import warnings

import structlog

from ingestion.settings import SettingError

LEVELS = logging.getLevelNamesMapping()


def configure_logs() -> None:
    """Set up logging for a process; raises `SettingError` for a level or format that there isn't."""
    level = os.environ.get("LAKEHOUSE_LOG_LEVEL", "info").upper()
    if level not in LEVELS:
        raise SettingError(f"LAKEHOUSE_LOG_LEVEL is {level!r}: expected debug, info, warning or error")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        # the stream is looked up for each logger: a progress display may stand in for it
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # snowflake's connector says so of every newer urllib3
    warnings.filterwarnings("ignore", message=".*doesn't match a supported version")
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )


def renderer() -> structlog.typing.Processor:
    """Return the spelling of an event: for people, or one JSON object a line."""
    spelled = os.environ.get("LAKEHOUSE_LOG_FORMAT", "console")
    if spelled == "json":
        return structlog.processors.JSONRenderer()
    if spelled == "console":
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    raise SettingError(f"LAKEHOUSE_LOG_FORMAT is {spelled!r}: expected console or json")
