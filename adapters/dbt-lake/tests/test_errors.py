"""What Sail says of common mistakes, as people read it."""

from pathlib import Path

import pyarrow as pa
import pytest
from dbt.adapters.lake.errors import explain
from dbt.adapters.lake.session import Session, open_lake
from deltalake import write_deltalake
from pyspark.errors import PySparkException

MISTAKES = {
    "select totl from gold.t": ["attribute totl is missing", "look at its spelling"],
    "select t.totl from gold.t": ["attribute t.totl is missing", "what the CTE selects"],
    "select id from gold.t join gold.u on t.id = u.id": ["ambiguous attribute: id", "which one's is meant"],
    "select id from gold.tt": ["not found: tt", "build it first"],
    "select id, count(*) from gold.t": ["GROUP BY"],
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Session:
    root: Path = tmp_path_factory.mktemp("lake")
    for name in ("t", "u"):
        write_deltalake(root / "gold" / name, pa.table({"id": [1], "total": [1]}))
    return open_lake(str(root))


@pytest.mark.parametrize("query", MISTAKES)
def test_a_mistake_is_told_in_words(lake: Session, query: str) -> None:
    with pytest.raises(PySparkException) as error:
        lake.sql(query)
    told = explain(str(error.value))
    assert [words for words in MISTAKES[query] if words not in told] == []
    assert "Identifier" not in told
