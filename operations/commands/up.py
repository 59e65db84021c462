"""`lakehouse up`: start the emulated sources and clouds."""

import click
from rich.console import Console
from rich.table import Table

from ingestion.settings import Settings


@click.command()
@click.argument("service", nargs=-1)
def command(service: tuple[str, ...]) -> None:
    """Start SERVICE… (all by default); what already runs is left alone, what died is restarted."""
    from devstack import services, startup
    from devstack.instance import ServiceFailed

    try:
        started = startup.up(Settings.load(), services.known(service))
    except services.UnknownService as error:
        raise click.BadParameter(str(error)) from error
    except ServiceFailed as error:
        raise click.ClickException(str(error)) from error
    table = Table("service", "address", "state", box=None)
    for one in started:
        table.add_row(one.name, one.address, one.state)
    Console().print(table)
