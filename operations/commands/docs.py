"""`lakehouse docs`: the dbt docs site as one page that opens from a folder, without a server and without a network."""

from pathlib import Path

import click

from ingestion.settings import PROJECT, Settings
from operations.dbt.command import artifacts_beside, run_dbt
from operations.records.run_record import new_run_id, write_atomically


@click.command
def command() -> None:
    """Write the docs site, `<home>/site/index.html`, and print its path."""
    click.echo(write_site(Settings.load()))


def write_site(settings: Settings) -> Path:
    """The site: every model with its description, columns, types, tests and lineage, embedded in one page.

    Types come from the lake, so a model that was never built shows none. Raises `DbtError`.
    """
    artifacts = artifacts_beside(settings, "docs")
    run_dbt(settings, ["docs", "generate", "--static"], run_id=new_run_id(), target_path=artifacts).check()
    page = settings.home / "site" / "index.html"
    written = artifacts / "static_index.html"
    write_atomically(page, without_paths(written.read_text(), artifacts))
    return page


def without_paths(page: str, artifacts: Path) -> str:
    """The page without the folders of this machine, which dbt keeps and which are no business of its readers."""
    return page.replace(f'"{artifacts}/', '"target/').replace(f'"{PROJECT}"', '"."')
