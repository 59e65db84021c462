"""The whole project gives the same rows on every engine: on the first build, an unchanged one and a day later."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from tests.engines import consumers
from tests.engines.comparison import BUILDS, Comparison, compare, markdown
from tests.engines.demo import AS_OF, demo
from tests.engines.engine import RESULTS, Engine, TableName
from tests.engines.engines import ENGINES
from tests.engines.on_athena import Athena
from tests.engines.on_local import Local

# the first test makes the demo and all builds
pytestmark = [pytest.mark.engines, pytest.mark.soak, pytest.mark.timeout(5400)]


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


def test_the_second_time_tests_look_at_the_new_rows_of_large_tables(
    comparison: Comparison, open_engine: Callable[[str], Engine]
) -> None:
    assert comparison.engines  # audit.dq_results is among the tables compared, so what holds here holds on every engine
    rows = open_engine("local").table(RESULTS).to_pylist()
    first, later = sorted({row["started_at"] for row in rows})
    parts = {
        started: {row["test"] for row in rows if row["started_at"] == started and row["is_partial"]}
        for started in (first, later)
    }
    assert {"fact_sales_keeps_its_rules", "customer_events_keeps_its_rules"} <= parts[later] - parts[first]


@pytest.mark.parametrize("name", ENGINES)
def test_rows_that_fail_a_test_are_kept(
    comparison: Comparison, open_engine: Callable[[str], Engine], name: str
) -> None:
    assert comparison.engines
    engine = open_engine(name)
    products = set(engine.table(TableName("silver", "products"))["product_id"].to_pylist())
    lines = engine.table(TableName("silver", "order_items")).to_pylist()
    kept = engine.table(TableName("audit", "lines_name_a_known_product")).to_pylist()
    unknown = {(line["order_id"], line["line_number"]) for line in lines if line["product_id"] not in products}
    assert unknown
    assert {(line["order_id"], line["line_number"]) for line in kept} <= unknown
    assert kept


@pytest.fixture(scope="module")
def reader(comparison: Comparison, open_engine: Callable[[str], Engine]) -> consumers.Reader:
    """Who asks Athena, of tables that it has built and of those that the local engine has built."""
    local, athena = open_engine("local"), open_engine("athena")
    assert isinstance(local, Local)
    assert isinstance(athena, Athena)
    return consumers.Reader(local, athena, date.fromisoformat(AS_OF) + timedelta(days=1))


@pytest.mark.parametrize("query", consumers.QUERIES)
def test_consumers_have_the_same_answers_from_athena(reader: consumers.Reader, query: str) -> None:
    wanted = reader.ask_local(query)
    assert wanted
    assert reader.ask_athena(query) == wanted
    assert reader.ask_athena(query, consumers.SHARED) == wanted


@pytest.mark.parametrize("schema", consumers.SCHEMAS)
def test_athena_reads_every_table_and_partition_that_a_run_registers(reader: consumers.Reader, schema: str) -> None:
    held = reader.counted(schema)
    assert held
    assert reader.counted_by_athena(schema) == held


def test_glue_describes_what_dbt_has_built(reader: consumers.Reader) -> None:
    tables = {f"{schema}.{name}": entry for schema in consumers.BUILT for name, entry in reader.entries[schema].items()}
    assert [name for name, entry in tables.items() if not entry.get("Description")] == []
    columns = [(name, column) for name, entry in tables.items() for column in entry["StorageDescriptor"]["Columns"]]
    assert [f"{name}.{column['Name']}" for name, column in columns if not column.get("Comment")] == []


def test_a_build_on_athena_deletes_no_table_of_another_engine(reader: consumers.Reader) -> None:
    count = f"select count(*) as countries from {consumers.SHARED}seeds.countries"
    assert reader.entries
    held = reader.athena.ask(count)
    ran = reader.athena.dbt("seed", "--select", "countries", LAKEHOUSE_PREFIX=consumers.SHARED)
    assert ran.returncode == 1
    assert "countries is no Iceberg table: another engine keeps it" in ran.stdout
    assert reader.athena.ask(count) == held
