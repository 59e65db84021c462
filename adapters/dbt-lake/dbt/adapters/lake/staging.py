"""Rows on their way into a table, computed once.

A merge reads its source several times (is there anything, which files does it touch, what are their new rows), and of a
view Sail would compute all of it each time. So the rows are written first, beside the lake: a Delta table in the
process's temporary folder (TMPDIR), which holds what changes and not what is there.
"""

import atexit
import shutil
import tempfile
from functools import cache

from dbt.adapters.lake.design import Column
from dbt.adapters.lake.lake import Lake
from dbt.adapters.lake.server import ask
from pyspark.sql.types import NullType


def stage(lake: Lake, view: str, query: str) -> None:
    """Compute a query's rows and let a temporary view of this name, quoted or not, stand for them."""
    frame = ask(lake.spark, query)
    if not any(isinstance(field.dataType, NullType) for field in frame.schema.fields):  # files have no type for it
        place = tempfile.mkdtemp(dir=_scratch())
        # typed as Sail says they are, as in tables: what it computes may be finer (instants) or wider (decimals)
        columns = [Column(field.name, field.dataType.simpleString(), nullable=True) for field in frame.schema.fields]
        typed = frame.selectExpr(*(column.select(view) for column in columns))
        typed.write.format("delta").save(place)
        frame = lake.spark.read.format("delta").load(place)
    frame.createOrReplaceTempView(view.strip("`"))


@cache
def _scratch() -> str:
    folder = tempfile.mkdtemp(prefix="dbt-lake-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
