"""Refusals: constructs that Sail computes differently from Spark without a word, each with what to write instead."""

import re
from collections.abc import Callable

from dbt.adapters.lake.errors import LakeError
from pyspark.sql.types import StructType

WORDS = {
    re.compile(pattern, re.IGNORECASE): advice
    for pattern, advice in {
        r"\binsert\s+overwrite\b.*\bpartition\s*\(": "Sail can't replace single partitions so; make it a model with "
        "incremental_strategy='insert_overwrite' and partition_by",
        r"\b(percentile_approx|approx_percentile)\s*\(": "Sail interpolates it and Spark does not; use an exact rank",
        r"\bweekday\s*\(": "Sail's is -1 on Sundays; use (dayofweek(date) + 5) % 7",
        r"\bbround\s*\(": "Sail rounds halves up and Spark to even; use round, which both round half up",
        r"\binitcap\s*\(": "Sail begins a word after every sign, Spark after a blank; use array_join(transform(split("
        "lower(name), ' '), word -> upper(substr(word, 1, 1)) || substr(word, 2)), ' ')",
        r"\bisnan\s*\(": "Sail's is NULL of NULL, Spark's false; use x <=> cast('NaN' as double)",
        r"\bintersect\s+all\b": "Sail counts the rows of the first side only; number equal rows and use intersect",
        r"\brange\s+between\s+interval\b": "Sail ignores the bound where the rows are ordered by a date; order by a "
        "number, such as datediff(date, date'1970-01-01'), and write the range as a number",
        r"^\s*drop\s+(schema|database)\b": "Sail would leave the files for the next run to find; "
        "use adapter.drop_schema(relation)",
        r"^\s*create\s+(or\s+replace\s+)?view\b": "Sail forgets a view with the process; make it a model, or a "
        "temporary view",
    }.items()
}
READ_FURTHER = re.compile(r"/|\b(avg|mean|try_avg|using|natural)\b", re.IGNORECASE)
"""Text that may hold what only its parsed form shows."""


def refuse(sql: str, text: str, schema_of: Callable[[str], StructType]) -> None:
    """Raise `LakeError` where Sail would do something wrong without a word.

    Args: text: the `code` of `sql`. schema_of: what Sail says a query gives; asked only where a type is not written.
    """
    for pattern, advice in WORDS.items():
        if found := pattern.search(text):
            raise LakeError(f"refused: {' '.join(found[0].split())} … ({advice})")
    if READ_FURTHER.search(text):
        from dbt.adapters.lake import decimals, stars  # sqlglot is slow to import, and few statements want it
        from dbt.adapters.lake.parsing import parsed

        if statement := parsed(sql, schema_of):
            stars.refuse(statement)
            decimals.refuse(statement, schema_of)
