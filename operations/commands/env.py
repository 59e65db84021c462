"""`lakehouse env`: what plain dlt, dbt and AWS tools need to find the local services, or an applied environment."""

import json
import shlex
from pathlib import Path

import click

from ingestion.settings import Settings
from operations.aws.terraform_outputs import settings_of
from operations.emulators import variables


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of shell exports.")
@click.option(
    "--from-terraform",
    "applied",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Settings of an applied environment (infra/envs/dev), from its outputs, instead of the local services.",
)
def command(as_json: bool, applied: Path | None) -> None:
    """Print exports: eval "$(lakehouse env)"."""
    values = of_local_services() if applied is None else settings_of(applied)
    if as_json:
        click.echo(json.dumps(values, indent=2))
        return
    for name, value in values.items():
        click.echo(f"export {name}={shlex.quote(value)}")


def of_local_services() -> dict[str, str]:
    """Return the variables that lead to the running local services; says so where none runs."""
    settings = Settings.load()
    values = variables(settings)
    if not values and settings.environment == "local":
        click.echo("the local services are not running: lakehouse up", err=True)
    elif not values:
        click.echo(
            f"environment {settings.environment} has no local services; for an applied one: "
            f"lakehouse env --from-terraform infra/envs/{settings.environment}",
            err=True,
        )
    return values
