"""`make release`: dist/<version>/ from the commit that is checked out, and SHA256SUMS of all of it.

make release
make release WITHOUT="image"        where no container can be built; release.json says what is missing
"""

import json
import shutil
import sys
from collections.abc import Collection
from pathlib import Path

import click

from infra.release.checksums import DESCRIPTION, write_sums
from infra.release.contents import CONTENTS
from infra.release.identity import Identity, ReleaseError, identity
from ingestion.settings import PROJECT


@click.command
@click.option("--without", type=click.Choice(list(CONTENTS)), multiple=True, help="Leave this out.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=PROJECT / "dist", help="Where versions lie; dist by default."
)
def command(without: Collection[str], folder: Path) -> None:
    """Make a release and print its folder."""
    try:
        click.echo(make(identity(), folder, without))
    except ReleaseError as error:
        click.echo(f"make release: {error}", err=True)
        sys.exit(1)


def make(made: Identity, folder: Path, without: Collection[str] = ()) -> Path:
    """Write a release below a folder and return its own folder; one of the same version is replaced."""
    release, draft = folder / made.version, folder / f".{made.version}"
    for old in (release, draft):
        shutil.rmtree(old, ignore_errors=True)
    draft.mkdir(parents=True)
    for name, write in CONTENTS.items():
        if name in without:
            click.echo(f"!!! THE RELEASE {made.version} HAS NO {name.upper()}: it was left out !!!", err=True)
        else:
            write(made, draft)
    describe(made, draft, without)
    return draft.rename(release)


def describe(made: Identity, release: Path, without: Collection[str]) -> None:
    """Write release.json, then the checksums of every file."""
    about = {"version": made.version, "commit": made.commit, "without": sorted(without)}
    (release / DESCRIPTION).write_text(json.dumps(about, indent=2) + "\n")
    write_sums(release)


if __name__ == "__main__":
    command()
