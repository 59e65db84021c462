"""Judging kept rows again: a payload is parsed, then held to the table's contract of today."""

import base64
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from ingestion.bronze import names
from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.quarantine.table import SCHEMA
from ingestion.bronze.rows.audit_columns import Stamping
from ingestion.bronze.rows.contract import Contract
from ingestion.bronze.rows.violations import ROW, SOURCE
from ingestion.source import Source
from ingestion.spec import Parsed, Rejected, Table
from ingestion.values import json_rows
from ingestion.values.cursors import FUTURE
from ingestion.values.naming import snake
from ingestion.values.types import arrow_type

Group = list[tuple[Parsed, dict[str, Any]]]


class Rechecker:
    """Of one table; its contract learns columns as batches bring them."""

    def __init__(
        self, source: Source, table: Table, existing: Mapping[str, pa.DataType], same: Mapping[str, Any]
    ) -> None:
        self._source, self._table = source, table
        self._contract = Contract(table, names.table_name(source, table), existing, source.rules)
        self.stamping = Stamping(table, self._contract, same)

    def all_good(
        self, aside: Bronze, rule: str | None, still_bad: Counter[str]
    ) -> Iterator[tuple[pa.Table, list[str]]]:
        """Rows of a quarantine table that can be landed, with their ids there; the others are counted by their rule."""
        for batch in aside.rows(SCHEMA.names, rule):
            yield from self.good(batch, still_bad)

    def good(self, batch: pa.RecordBatch, still_bad: Counter[str]) -> Iterator[tuple[pa.Table, list[str]]]:
        """Rows that can be landed, with their ids in quarantine; the others are counted by the rule they break."""
        groups: dict[tuple[Any, ...], Group] = defaultdict(list)
        for row in batch.to_pylist():
            # a row beyond its source's clock, only its source can bring: it may have been corrected since
            parsed = self._parsed(row) if row["rule"] != FUTURE else Rejected(b"", FUTURE, "", "")
            if isinstance(parsed, Rejected):
                still_bad[parsed.rule] += 1
            else:
                groups[tuple(parsed.values), tuple(sorted(parsed.types.items()))].append((parsed, row))
        for group in groups.values():
            yield from self._held(group, still_bad)

    def _parsed(self, row: Mapping[str, Any]) -> Parsed | Rejected:
        payload = row["payload"].encode() if row["encoding"] == "utf-8" else base64.b64decode(row["payload"])
        one = Rejected(payload, row["rule"], row["message"], row["position"], row.get("context") or "")
        if row.get("form") == ROW:
            return json_rows.parse_row(self._table, one)
        if row.get("form") == SOURCE and self._source.parse:
            return self._source.parse(self._table, one)
        return one

    def _held(self, group: Group, still_bad: Counter[str]) -> Iterator[tuple[pa.Table, list[str]]]:
        try:
            batch = self._batch([parsed for parsed, _ in group])
        except ValueError:  # what one row's text can't be, its neighbours' may
            if len(group) > 1:
                for one in group:
                    yield from self._held([one], still_bad)
            else:
                still_bad[group[0][1]["rule"]] += 1
            return
        rows, misfits = self._contract.check(batch)
        still_bad.update(misfits.rules)
        good = [row for (_, row), is_good in zip(group, misfits.good().to_pylist(), strict=True) if is_good]
        if good:
            yield self.stamping.replayed(rows, [row["_ingest_ts"] for row in good]), [row["_row_id"] for row in good]

    def _batch(self, parsed: Sequence[Parsed]) -> pa.Table:
        types = parsed[0].types
        excluded = {snake(name) for name in self._table.exclude}
        for name, spark in types.items():
            if snake(name) not in excluded:
                self._contract.expect(snake(name), arrow_type(spark))
        columns = {
            name: json_rows.column([one.values[name] for one in parsed], types.get(name)) for name in parsed[0].values
        }
        return pa.table(columns)
