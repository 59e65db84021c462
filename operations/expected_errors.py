"""Errors that this project defines: their message says enough, and their class says the exit code."""

from ingestion.settings import SettingError

OUR_PACKAGES = {"ingestion", "operations", "devstack"}


def is_expected(error: BaseException) -> bool:
    """True if this project defines the exception: then its message says enough, and a stack would hide it."""
    return type(error).__module__.partition(".")[0] in OUR_PACKAGES


def exit_code(error: Exception) -> int:
    """2 for settings, 1 for the rest, unless the exception's class says otherwise (`exit_code = 3`)."""
    return 2 if isinstance(error, SettingError) else int(getattr(error, "exit_code", 1))
