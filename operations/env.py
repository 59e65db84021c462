"""`lakehouse env`: what plain dlt, dbt and AWS tools need to find the local services."""

import json
import shlex

import click

from devstack import services
from ingestion.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of shell exports.")
def command(as_json: bool) -> None:
    """Print exports: eval "$(lakehouse env)"."""
    values = services.environment(Settings.load())
    if not values:
        click.echo("the local services are not running: lakehouse up", err=True)
    if as_json:
        click.echo(json.dumps(values, indent=2))
        return
    for name, value in values.items():
        click.echo(f"export {name}={shlex.quote(value)}")
