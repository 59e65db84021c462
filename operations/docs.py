"""`lakehouse docs`: the dbt docs site as one page that opens from a folder, without a server and without a network."""

import shutil
from pathlib import Path

import click

from ingestion.settings import Settings
from operations.dbt import artifacts_folder, run_dbt
from operations.record import new_run_id


@click.command
def command() -> None:
    """Write the docs site, `<home>/site/index.html`, and print its path."""
    click.echo(write_site(Settings.load()))


def write_site(settings: Settings) -> Path:
    """The site: every model with its description, columns, types, tests and lineage, embedded in one page.

    Types come from the lake, so a model that was never built shows none. Raises `DbtError`.
    """
    run_dbt(settings, ["docs", "generate", "--static"], run_id=new_run_id()).check()
    page = settings.home / "site" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    draft = page.with_name(".index.html")
    shutil.copyfile(artifacts_folder(settings, "local") / "static_index.html", draft)
    return draft.replace(page)
