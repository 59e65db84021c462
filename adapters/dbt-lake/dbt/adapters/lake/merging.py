"""Merges by key, in one join with the table and one commit.

Sail 0.7 plans a MERGE as four full joins of all the table's columns: three to find the files with matches, one for
their new rows. Here the table is joined once, and written anew without the keys that are merged and with their new
rows: all of it, or of a partitioned table the partitions that are touched. New keys alone are appended.
"""

from collections.abc import Sequence

from dbt.adapters.lake.design import CONSTRAINT
from dbt.adapters.lake.folder import Name
from dbt.adapters.lake.lake import Lake
from dbt.adapters.lake.tables import columns_of, partitions_in
from pyspark.sql import DataFrame


def merge(
    lake: Lake, name: Name, sql: str, *, rows: str, on: Sequence[str], update: Sequence[str], delete: str | None
) -> None:
    """Merge a relation's `rows`, read several times, into a table by the columns `on`.

    Where `delete`, a condition over DBT_INTERNAL_SOURCE, holds, a matched row goes and a new one is not inserted.
    `update` names the columns that a matched row takes over.

    `sql` is the same as a MERGE, which Sail does itself where more than whole rows change hands: where a matched row
    keeps columns, where rows share a key (its error or, of new ones, its insert), and where a table has CHECKs.
    """
    keys, columns, about = list(on), columns_of(lake, name), lake.folder.delta(name).metadata()
    names = [column.name for column in columns]
    told = lake.spark.table(rows).alias("DBT_INTERNAL_SOURCE")
    checked = any(key.startswith(CONSTRAINT) for key in about.configuration)
    if checked or not set(names) <= {*keys, *update} or _any(told.groupBy(*keys).count().where("count > 1")):
        lake.spark.sql(sql).collect()
        return
    held, parts = lake.spark.table(str(name)), list(about.partition_columns)
    new = (told.where(f"not coalesce({delete}, false)") if delete else told).select(*names)

    def write(rows: DataFrame, mode: str, **options: str) -> None:
        typed = rows.selectExpr(*(column.select(name) for column in columns))
        typed.write.format("delta").mode(mode).options(**options).partitionBy(*parts).save(lake.folder.uri(name))

    left = held.join(told, keys, "left_semi")
    if not _any(left):
        if _any(new):
            write(new, "append")
    elif parts:
        touched = " or ".join(partitions_in(left.select(*parts).union(new.select(*parts)), parts))
        kept = held.where(touched).join(told, keys, "left_anti").select(*names)
        write(kept.union(new), "overwrite", replaceWhere=touched)
    else:
        write(held.join(told, keys, "left_anti").select(*names).union(new), "overwrite")


def _any(rows: DataFrame) -> bool:
    return bool(rows.limit(1).toArrow().num_rows)
