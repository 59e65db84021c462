"""The `lakehouse` command: one file per verb, imported only when it is called.

A verb is `operations/commands/<verb>.py` (a dash is an underscore there) with a click command named `command`.
Exit codes: 0 done, 1 failed, 2 usage or settings, 3 refused because someone else holds the lock, 130 interrupted.
Results go to stdout, logs to stderr.
"""

import importlib
import os
import signal
import sys
from contextlib import suppress
from typing import TextIO, cast

import click

from ingestion.bronze.fault_points import arm_by_setting
from ingestion.masking import MaskedStream
from ingestion.settings import PROJECT, SettingError, Settings
from operations.expected_errors import exit_code, is_expected
from operations.logs import configure_logs
from operations.permissions import make_private
from operations.processes.interrupt import end_interrupted
from operations.records.run_record import one_line

VERBS = {
    "up": "Start the emulated sources and clouds.",
    "down": "Stop them.",
    "demo-data": "Fill the emulated sources; --next-day moves them one day on.",
    "ingest": "Load sources into bronze.",
    "arrivals": "Load files as they arrive, by the events of a queue.",
    "backfill": "Load periods of the past into bronze.",
    "quarantine": "Rows that bronze couldn't hold: list, show, replay, drop.",
    "schema-history": "How a bronze table's columns came, went and changed.",
    "run": "Ingest everything, build with dbt, publish.",
    "gate": "Say if gold may be published.",
    "submit": "Build on EMR Serverless.",
    "publish": "Copy gold to Snowflake and prove the copy equal.",
    "status": "Last runs, watermarks, freshness, services.",
    "sql": "Ask the local engine.",
    "docs": "Write the dbt docs site as one static page.",
    "env": "Print exports for plain dlt and dbt.",
    "doctor": "What is set, from where, what is missing; tries each connection.",
}


class Verbs(click.Group):
    """Lists verbs without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order a day goes, not the alphabet's."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb's file."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"operations.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the verb; Ctrl-C and SIGTERM end the process with a word on what they leave."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            end_interrupted(ctx.invoked_subcommand or "", interrupt)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list above; asking each command for its help would import all."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lakehouse")
def cli() -> None:
    """From sources to a verified Snowflake copy: ingest, build, publish."""
    prepare()


def prepare() -> None:
    """Set up this process for a verb: logs, modes of new files, and the folder where dlt finds its settings."""
    configure_logs()
    arm_by_setting()
    settings = None
    with suppress(SettingError):  # a verb that needs settings reports it
        settings = Settings.load()
    if settings:
        make_private(settings)
    # dlt looks for .dlt/ in the working directory otherwise
    os.environ.setdefault("DLT_PROJECT_DIR", str(PROJECT))


def mask_secrets() -> None:
    """Let no secret of a setting appear on stderr."""
    if not isinstance(sys.stderr, MaskedStream):
        sys.stderr = cast(TextIO, MaskedStream(sys.stderr))


def main() -> None:
    """Console entry point: expected errors become one line on stderr, where no secret of a setting appears."""
    mask_secrets()
    # what stops a container or a service sends TERM: end like Ctrl-C, children and records included
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        cli()
    except Exception as error:
        if not is_expected(error):
            raise
        click.echo(f"lakehouse: {one_line(error)}", err=True)
        sys.exit(exit_code(error))
