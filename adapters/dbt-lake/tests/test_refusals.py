"""What Sail computes differently from Spark without a word is refused, in words that say how to write it."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from dbt.adapters.lake.errors import LakeError
from dbt.adapters.lake.session import Session, open_lake
from deltalake import write_deltalake
from pyspark.errors import PySparkException

AMOUNTS = [Decimal("1.00"), Decimal("2.00"), Decimal("2.00")]
JOINED = "(select 1 as k, 2 as v) as a join (select 1 as k, 3 as w) as b"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    root: Path = tmp_path_factory.mktemp("lake")
    rows = {"id": [1, 2, 3], "x": pa.array(AMOUNTS, pa.decimal128(10, 2)), "d": [1.5, 2.5, 3.5]}
    write_deltalake(root / "gold" / "t", pa.table(rows))
    with open_lake(str(root)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "advice"),
    [
        (f"select a.* from {JOINED} using (k)", "a.* … (Sail leaves k out of it"),
        (f"with j as (select b.* from {JOINED} using (k)) select * from j", "join with ON"),
        (f"select count(distinct b.*) from {JOINED} using (k)", "b.* … (Sail leaves k out of it"),
        ("select a.* from gold.t as a natural join gold.t as b", "leaves the columns of both tables out of it"),
        ("select avg(x) as m from gold.t", "x is decimal(10,2), so Sail cuts the result after 6 digits"),
        ("select avg(distinct x) from gold.t", "as in round(AVG(DISTINCT x), 5)"),
        ("select avg(x) over (partition by id) from gold.t", "after 6 digits"),
        ("select mean(x) from gold.t", "after 6 digits"),
        ("select round(avg(x), 6) from gold.t", "at most 5 digits"),
        ("select avg(x) * 2.0 from gold.t", "after 6 digits"),
        ("select 2.00 / 3.00", "2.00 is decimal(3,2), so Sail cuts the result after 6 digits"),
        ("select x / id from gold.t", "as in round(cast(x as decimal(28, 10)) / id, 10)"),
        ("select id / x from gold.t", "or compute with cast(id as double)"),
        ("select * from gold.t where x / 3 > 0.5", "x is decimal(10,2)"),
        ("select sum(x) / count(*) from gold.t group by id", "SUM(x) is decimal(20,2)"),
        ("with c as (select sum(x) as s from gold.t) select s / 3 from c", "s is decimal(20,2)"),
        ("select id from gold.t order by x / 3", "x is decimal(10,2)"),
        ("select round(x / 3 * 100, 2) from gold.t", "after 6 digits"),
        ("select case when x / 3 > 1 then 1 end from gold.t", "after 6 digits"),
        ("select (select max(t.x / u.id) from gold.t as t where t.id = u.id) from gold.t as u", "can't be found out"),
        ("select bround(2.5)", "use round"),
        ("select initcap('it''s')", "Spark after a blank"),
        ("select id from gold.t intersect all select id from gold.t", "counts the rows of the first side only"),
    ],
)
def test_what_would_be_wrong_is_refused(lake: Session, query: str, advice: str) -> None:
    with pytest.raises(LakeError) as refusal:
        lake.sql(query)
    assert refusal.value.msg.startswith("refused: ")
    assert advice in refusal.value.msg


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (f"select a.v, k from {JOINED} using (k)", {"v": 2, "k": 1}),
        (f"select * from {JOINED} using (k)", {"k": 1, "v": 2, "w": 3}),
        (f"select c.* from {JOINED} using (k) join (select 1 as k, 4 as z) as c on c.z = 4", {"k": 1, "z": 4}),
        (f"select a.* from {JOINED} on a.k = b.k", {"k": 1, "v": 2}),
        ("select round(avg(x), 5) as m from gold.t", {"m": Decimal("1.66667")}),
        ("select cast(avg(x) as decimal(18, 2)) as m from gold.t", {"m": Decimal("1.67")}),
        ("select round(avg(x) over (), 2) as m from gold.t limit 1", {"m": Decimal("1.67")}),
        ("select round(coalesce(avg(x), 0), 2) as m from gold.t", {"m": Decimal("1.67")}),
        ("select avg(id) as m from gold.t", {"m": 2.0}),
        ("select avg(d) as m from gold.t", {"m": 2.5}),
        ("select avg(cast(x as double)) as m from gold.t where id > 1", {"m": 2.0}),
        ("select 3 / 2 as q, id / 2 as r from gold.t where id = 1", {"q": 1.5, "r": 0.5}),
        ("select d / id as q from gold.t where id = 1", {"q": 1.5}),
        ("select round(sum(x) / count(*), 4) as q from gold.t", {"q": Decimal("1.6667")}),
        ("select round(case when id > 0 then x / 3 end, 2) as q from gold.t where id = 2", {"q": Decimal("0.67")}),
        (
            "select round(cast(x as decimal(28, 10)) / id, 10) as q from gold.t where id = 3",
            {"q": Decimal("0.6666666667")},
        ),
    ],
)
def test_what_is_right_is_answered(lake: Session, query: str, answer: dict[str, Any]) -> None:
    assert lake.sql(query).to_pylist() == [answer]


def test_a_mistake_beside_a_quotient_is_told_by_sail(lake: Session) -> None:
    with pytest.raises(PySparkException, match="nothing"):
        lake.sql("select nothing / 3 from gold.t")


def test_a_query_that_can_not_be_checked_is_refused_only_where_sail_takes_it(lake: Session) -> None:
    with pytest.raises(PySparkException):
        lake.sql("select 1 / from gold.t")
