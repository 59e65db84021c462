"""Tables for people: as wide as the terminal, or as wide as they need to be in a file or a pipe."""

import sys

from rich.console import Console

UNBOUNDED = 100_000


def result_console() -> Console:
    """For results on stdout: text as it is, never wrapped but by a terminal."""
    width = None if sys.stdout.isatty() else UNBOUNDED
    return Console(width=width, markup=False, highlight=False, emoji=False)
