"""`lakehouse down`: stop the emulated sources and clouds."""

import click

from ingestion.settings import Settings


@click.command()
@click.argument("service", nargs=-1)
def command(service: tuple[str, ...]) -> None:
    """Stop SERVICE… (all by default) and wait until they are gone; their data stays, but moto's."""
    from devstack import services

    try:
        stopped = services.down(Settings.load(), services.known(service))
    except services.UnknownService as error:
        raise click.BadParameter(str(error)) from error
    click.echo(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")
