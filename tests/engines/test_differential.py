"""Generated queries have the same answers on Sail and on Spark, or a rule of docs/engines.md says why not."""

from collections import Counter
from collections.abc import Callable

import pytest

from ingestion.settings import PROJECT
from tests.engines.differential.answers import Answer
from tests.engines.differential.comparison import prepare, sail, verdicts
from tests.engines.differential.differences import RULES, Verdict, verdict
from tests.engines.differential.generator import queries
from tests.engines.engine import Engine
from tests.engines.on_spark import Spark

QUERIES, SEED = 200, 1


@pytest.fixture(scope="module")
def found(open_engine: Callable[[str], Engine], tmp_path_factory: pytest.TempPathFactory) -> list[Verdict]:
    """What became of each query."""
    spark, folder = open_engine("spark"), tmp_path_factory.mktemp("differential")
    assert isinstance(spark, Spark)
    with sail(folder) as lake:
        prepare(spark.session, folder)
        return list(verdicts(lake, spark.session, QUERIES, SEED))


@pytest.mark.engines
def test_no_difference_is_unexplained(found: list[Verdict]) -> None:
    unexplained = [one for one in found if one.kind == "unexplained"]
    assert not unexplained, "\n".join(map(str, unexplained))


@pytest.mark.engines
def test_most_queries_have_rows_and_are_equal(found: list[Verdict]) -> None:
    kinds = Counter(one.kind for one in found)
    assert kinds["equal"] > QUERIES * 0.8
    assert sum(1 for one in found if one.kind == "equal" and one.sail.rows) > QUERIES * 0.6


def test_a_seed_gives_the_same_queries_whatever_their_number() -> None:
    assert queries(5, SEED) == queries(20, SEED)[:5]
    assert queries(5, SEED) != queries(5, SEED + 1)


def test_the_page_lists_every_rule() -> None:
    page = (PROJECT / "docs" / "engines.md").read_text()
    assert [rule.name for rule in RULES if f"| {rule.name} |" not in page] == []


def of(*rows: tuple[str, ...]) -> Answer:
    return Answer(("x",), rows)


@pytest.mark.parametrize(
    ("query", "sail", "spark", "kind"),
    [
        ("select nullif(x, 1.0) as x from t", of(("2.50",)), of(("2.5",)), "known"),
        ("select nullif(x, 1.0) as x from t", of(("2.51",)), of(("2.5",)), "unexplained"),
        ("select coalesce(x, 1.0) as x from t", of(("2.50",)), of(("2.5",)), "unexplained"),
        ("select cast(x as string) as x from t", of(("'0.0005'",)), of(("'5.0E-4'",)), "known"),
        ("select cast(x as string) as x from t", of(("'0.0005'",)), of(("'5.0E-3'",)), "unexplained"),
        ("select x from t", of(("1",)), of(("1",), ("1",)), "unexplained"),
        ("select x from t", Answer(error="refused: x"), of(("1",)), "unexplained"),
        ("select x from t", Answer(error="refused: x", refused=True), of(("1",)), "refused"),
        ("select x from t", Answer(error="overflow"), Answer(error="OVERFLOW"), "both fail"),
        ("select x from t", of(("1",)), Answer(error="OVERFLOW"), "unexplained"),
    ],
)
def test_a_rule_explains_nothing_else(query: str, sail: Answer, spark: Answer, kind: str) -> None:
    assert verdict(query, sail, spark).kind == kind
