"""`dbt build` with all its tests on the local engine and on Apache Spark: `python -m bench.engines`.

Both build from the same bronze, the demo's (`make demo` makes it, at scale 1), each into a folder of its own: once from
nothing, then with nothing new. Spark's server is started before, so what it takes to start counts for the local engine
alone. It needs Java 17, as `make test-engines` does.
"""

import json
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click
from rich.table import Table

from ingestion.settings import Settings
from operations.reporting.console import result_console

FACTOR = 5
"""Times as fast as Spark that the local engine should be, at least."""
LIMIT = 60
"""Seconds that a build on the local engine may take."""


@click.command
@click.option(
    "--repeat",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="How many builds with nothing new; the median counts.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(repeat: int, as_json: bool) -> None:
    """Build the demo on the local engine and on Apache Spark, and compare the times."""
    from tests.engines.engine import BuildFailed
    from tests.engines.engines import ENGINES  # needs what `make test-engines` installs

    settings = Settings.load()
    bronze, clock = Path(settings.bronze), settings.clock
    if not bronze.is_dir() or not clock.is_file():
        raise click.UsageError("there is nothing to build from: make demo")
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        for name in ("local", "spark"):
            place = Path(folder, name)
            place.mkdir()
            engine = stack.enter_context(ENGINES[name](place))
            times = []
            for number in range(repeat + 1):
                try:
                    times.append(engine.build(bronze, clock.read_text().strip(), tested=True))
                except BuildFailed as failed:
                    raise click.ClickException(str(failed)) from failed
                click.echo(f"{engine.name}, {'unchanged' if number else 'first'}: {times[-1]:.1f} s", err=True)
            found[engine.name] = {"first": times[0], "unchanged": statistics.median(times[1:])}
    if as_json:
        click.echo(json.dumps(found))
        return
    _print(found)


def _print(found: dict[str, dict[str, float]]) -> None:
    """One row for each engine, then how many times as long Spark takes."""
    grid = Table("engine", box=None)
    for column in ("first s", "unchanged s"):
        grid.add_column(column, justify="right")
    for engine, seconds in found.items():
        grid.add_row(engine, *(f"{one:.1f}" for one in seconds.values()))
    console = result_console()
    console.print(grid)
    local, spark = found.values()
    for build, took in local.items():
        times = spark[build] / took
        missed = "" if took <= LIMIT and times >= FACTOR else ", missed"
        console.print(f"{build}: {took:.1f} s (limit {LIMIT}), {times:.1f} times as fast (limit {FACTOR}{missed})")


if __name__ == "__main__":
    main()
