"""`lakehouse docs`: the dbt docs site as one page that opens from a folder, without a server and without a network."""

from pathlib import Path

import click

from ingestion.settings import Settings
from operations.dbt import artifacts_folder, run_dbt
from operations.record import new_run_id, write_atomically


@click.command
def command() -> None:
    """Write the docs site, `<home>/site/index.html`, and print its path."""
    click.echo(write_site(Settings.load()))


def write_site(settings: Settings) -> Path:
    """The site: every model with its description, columns, types, tests and lineage, embedded in one page.

    Types come from the lake, so a model that was never built shows none. Raises `DbtError`.
    """
    run_dbt(settings, ["docs", "generate", "--static"], run_id=new_run_id()).check()
    artifacts = artifacts_folder(settings, "local")
    page = settings.home / "site" / "index.html"
    # dbt keeps where it put compiled SQL: no business of who gets the page
    write_atomically(page, (artifacts / "static_index.html").read_text().replace(str(artifacts), "target"))
    return page
