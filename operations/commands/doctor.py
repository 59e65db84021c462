"""`lakehouse doctor`: what is set and from where, what is missing, and whether each connection works.

`--target snowflake` looks at Snowflake alone, and at what publishing needs in its account.
Nothing is changed and no secret is shown. Exit code 1 when something that a run needs doesn't work.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from time import monotonic

import click
from rich.table import Table

from ingestion.settings import SettingError, Settings
from operations.connection_checks import checks
from operations.emulators import use_local_services
from operations.publishing.snowflake import Target
from operations.publishing.snowflake_checks import Account
from operations.publishing.snowflake_session import session
from operations.records.run_record import one_line
from operations.reporting.console import result_console
from operations.setting_sources import Setting, known_environment, settings_in_force


@dataclass(frozen=True)
class Check:
    """A connection that was tried."""

    name: str
    ok: bool
    detail: str
    """The answer, or the error on one line."""
    seconds: float


@click.command
@click.option("--target", type=click.Choice(["snowflake"]), help="Check what publishing needs in this account alone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(target: str | None, as_json: bool) -> None:
    """Show what is set, from where, and what is missing; try each connection a run needs."""
    before = known_environment()
    settings, local = with_local_services()
    told = settings_in_force(settings, before)
    if target == "snowflake":
        told = [setting for setting in told if setting.name.startswith(("LAKEHOUSE_SNOWFLAKE_", "LAKEHOUSE_STAGE"))]
        checks = [*local, *try_snowflake(settings)]
    else:
        checks = [*local, *try_all(settings)]
    print_json(told, checks) if as_json else print_tables(told, checks)
    if not all(check.ok for check in checks):
        raise click.exceptions.Exit(1)


def with_local_services() -> tuple[Settings, list[Check]]:
    """The settings in force, and a check that failed where local services are needed and none runs."""
    settings = Settings.load()
    try:
        return use_local_services(settings), []
    except SettingError as error:
        return settings, [Check("local services", False, one_line(error), 0.0)]


def try_all(settings: Settings) -> list[Check]:
    """Every connection, all at once, in the order of the data's way."""
    wanted = checks(settings)
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(lambda name: attempt(name, wanted[name], settings), wanted))


def try_snowflake(settings: Settings) -> list[Check]:
    """Check the account in one session; where none opens, that is the only check."""
    with ExitStack() as stack:
        opened: list[Account] = []

        def connect(_: Settings) -> str:
            opened.append(Account(stack.enter_context(session())))
            return str(Target.load())

        tried = [attempt("connection", connect, settings)]
        for account in opened:
            tried += [attempt(name, check, settings) for name, check in account.checks().items()]
        return tried


def attempt(name: str, check: Callable[[Settings], str], settings: Settings) -> Check:
    """Try one; whatever goes wrong becomes its line, since the others are to be tried too."""
    began = monotonic()
    try:
        ok, detail = True, check(settings)
    except Exception as error:  # noqa: BLE001
        ok, detail = False, one_line(error)
    return Check(name, ok, detail, round(monotonic() - began, 2))


def print_json(told: list[Setting], checks: list[Check]) -> None:
    """One object: settings, checks, and whether all is well."""
    answer = {
        "ok": all(check.ok for check in checks),
        "settings": [asdict(setting) for setting in told],
        "checks": [asdict(check) for check in checks],
    }
    click.echo(json.dumps(answer, indent=2))


def print_tables(told: list[Setting], checks: list[Check]) -> None:
    """Two tables for people."""
    console = result_console()
    settings = Table("setting", "value", "from", box=None, pad_edge=False)
    for setting in told:
        instead = f"; set it, or {setting.instead}" if setting.instead else ""
        settings.add_row(setting.name, setting.value or "-", f"{setting.origin}{instead}")
    tried = Table("connection", "", "answer", "seconds", box=None, pad_edge=False)
    for check in checks:
        tried.add_row(check.name, "ok" if check.ok else "FAILED", check.detail, f"{check.seconds:.1f}")
    console.print(settings)
    console.print()
    console.print(tried)
