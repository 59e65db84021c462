"""The end of a command that Ctrl-C or SIGTERM interrupted."""

import os
import sys
from typing import NoReturn

import click

from ingestion.bronze.errors import Interrupted

EXIT_CODE = 130
"""128 and the number of SIGINT, as shells have it; after SIGTERM, too."""
LOADS = ("ingest", "backfill", "run")
"""Verbs that load tables."""


def end_interrupted(verb: str, interrupt: KeyboardInterrupt) -> NoReturn:
    """End the process; at once where threads may be in the middle of a table, for which its end would wait."""
    more = ""
    if verb in LOADS:
        more = (
            ": each table was loaded whole or not at all, so no row is lost or doubled. "
            f"A later load goes on where this one stopped: run `lakehouse {verb}` again"
        )
    click.echo(f"lakehouse: {verb} was interrupted{more}", err=True)
    if isinstance(interrupt, Interrupted):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(EXIT_CODE)
    raise SystemExit(EXIT_CODE)
