"""The whole project gives the same rows on every engine: on the first build, an unchanged one and a day later."""

from collections.abc import Callable

import pytest

from tests.engines.comparison import BUILDS, Comparison, compare, markdown
from tests.engines.demo import demo
from tests.engines.engine import Engine
from tests.engines.engines import ENGINES

pytestmark = [pytest.mark.engines, pytest.mark.timeout(2400)]  # the first test makes the demo and all builds


@pytest.fixture(scope="module")
def comparison(
    open_engine: Callable[[str], Engine], request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Comparison:
    """All builds on all engines; each step and the table of figures is printed."""
    plugins = request.config.pluginmanager
    capture, terminal = plugins.getplugin("capturemanager"), plugins.getplugin("terminalreporter")
    with capture.global_and_fixture_disabled(), demo(tmp_path_factory.mktemp("demo")) as made:
        found = compare(made, [open_engine(name) for name in ENGINES], tell=terminal.write_line)
        terminal.write_line(markdown(found))
    return found


@pytest.mark.parametrize("build", BUILDS)
def test_every_table_is_the_same_on_every_engine(comparison: Comparison, build: str) -> None:
    unequal = [figure for figure in comparison.unequal if figure.build == build]
    assert not unequal, "\n".join(f"{figure.table} on {figure.engine}: {figure.why}" for figure in unequal)
    assert len(comparison.tables) > 30
    assert len(comparison.engines) == len(ENGINES)


def test_a_day_changes_tables_and_an_unchanged_build_none(comparison: Comparison) -> None:
    first, unchanged, later = (
        {figure.table: figure.held for figure in comparison.figures if figure.build == build} for build in BUILDS
    )
    assert unchanged == first
    moved = {str(table) for table in later if later[table] != first[table]}
    assert {"silver.orders", "gold.fact_sales", "snapshots.customers_history"} <= moved
