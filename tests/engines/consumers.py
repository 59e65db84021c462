"""The queries that consumers of the lake rely on, asked of Athena as consumers ask it, and of the local engine."""

import json
import os
import subprocess
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from deltalake import DeltaTable

from ingestion.bronze.glue import Catalog
from ingestion.settings import Settings
from operations.dbt.glue_docs import documentation
from tests.engines.demo import LAKEHOUSE
from tests.engines.on_athena import BUCKET, Athena
from tests.engines.on_local import Local

QUERIES = {
    "rates of the last week": """
        select ccy, rate_to_base, as_of_date, rate_category from {prefix}silver.fx_rates
        where as_of_date >= {today} - interval '7' day order by as_of_date desc, ccy""",
    "best customers of the last month": """
        select customer_id, count(*) as order_count, sum(total_amount) as total_spent,
            avg(total_amount) as avg_order_value
        from {prefix}silver.orders where order_date >= {today} - interval '30' day
        group by customer_id order by total_spent desc limit 10""",
    "orders of the last week with their rates": """
        select o.customer_id, o.order_date, o.total_amount, f.rate_to_base as usd_rate from {prefix}silver.orders o
        left join {prefix}silver.fx_rates f on o.currency = f.ccy and o.order_date = f.as_of_date
        where o.order_date >= {today} - interval '7' day""",
}
BUILT = ("seeds", "silver", "snapshots", "gold")
"""Schemas that dbt fills."""
SCHEMAS = ("bronze", *BUILT)
SHARED = "local_"
"""Prefix of the local engine's schemas, where Athena has its own as well."""
Rows = list[dict[str, str | None]]


@dataclass(frozen=True)
class Reader:
    """Asks both engines on a day."""

    local: Local
    athena: Athena
    today: date

    @cached_property
    def entries(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Schema -> table -> Glue's entry of the local engine's, put beside Athena's and registered as a run does."""
        known = documentation(json.loads((self.local.folder / "target" / "manifest.json").read_text()), "")
        with patch.dict(os.environ, self.athena.environment()):
            s3, glue = boto3.resource("s3").Bucket(BUCKET), boto3.client("glue")
            for file in (file for file in self._lake.rglob("*") if file.is_file()):
                s3.upload_file(str(file), f"lake/{SHARED}{file.relative_to(self._lake)}")
            catalog = Catalog(replace(Settings.load(), prefix=SHARED))
            held = {}
            for schema in SCHEMAS:
                catalog.register(schema, [place.name for place in (self._lake / schema).iterdir()], known.get(schema))
                pages = glue.get_paginator("get_tables").paginate(DatabaseName=SHARED + schema)
                held[schema] = {table["Name"]: dict(table) for page in pages for table in page["TableList"]}
        return held

    @property
    def _lake(self) -> Path:
        return self.local.folder / "lake"

    def counted(self, schema: str) -> Rows:
        """How many rows the local engine's tables of a schema hold in each partition, by delta-rs."""
        rows: Rows = []
        for name, part in self._partitions(schema).items():
            held = DeltaTable(self._lake / schema / name).to_pyarrow_table(columns=[part] if part else None)
            counts = Counter(str(value) for value in held[part].to_pylist()) if part else {None: held.num_rows}
            rows += [{"name": name, "part": value, "held": str(count)} for value, count in counts.items()]
        return agreed(rows)

    def counted_by_athena(self, schema: str) -> Rows:
        """The same, read by Athena through Glue's entries."""
        asked = [
            f"select '{name}' as name, cast({part or 'null'} as varchar) as part, count(*) as held "
            f"from {SHARED}{schema}.{name}{f' group by {part}' if part else ''}"
            for name, part in self._partitions(schema).items()
            if name in self.entries[schema]
        ]
        return agreed(self.athena.ask(" union all ".join(asked)))

    def _partitions(self, schema: str) -> dict[str, str | None]:
        """Table -> the column that it is partitioned by."""
        tables = {place.name: DeltaTable(place) for place in (self._lake / schema).iterdir()}
        return {name: next(iter(table.metadata().partition_columns), None) for name, table in tables.items()}

    def ask_athena(self, query: str, prefix: str = "") -> Rows:
        """The answer by Athena's API to one of QUERIES. Raises AssertionError with Athena's reason."""
        assert self.entries
        return agreed(self.athena.ask(self._spelled(query, prefix)))

    def ask_local(self, query: str) -> Rows:
        """The answer by `lakehouse sql`, which wants averages of decimals rounded."""
        text = self._spelled(query, "").replace("avg(total_amount)", "cast(avg(total_amount) as decimal(18, 2))")
        command = [str(LAKEHOUSE), "sql", text, "--format", "json"]
        told = {**os.environ, **self.local.environment()}
        asked = subprocess.run(command, env=told, capture_output=True, text=True)
        assert asked.returncode == 0, asked.stderr
        return agreed([{name: str(value) for name, value in row.items()} for row in json.loads(asked.stdout)])

    def _spelled(self, query: str, prefix: str) -> str:
        return QUERIES[query].format(prefix=prefix, today=f"date '{self.today}'")


def agreed(rows: Rows) -> Rows:
    """Rows in one order."""
    return sorted(rows, key=str)
