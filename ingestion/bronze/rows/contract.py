"""The contract: what a batch must be to be landed, and which of its rows can't.

Names become lower snake case, types plain ones; the table's types win over a batch's. A row whose value its column
can't hold, whose text is no UTF-8, or which has no key or no cursor goes to quarantine, and the rest goes on.
"""

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import structlog

from ingestion.bronze import names
from ingestion.bronze.errors import ContractViolation
from ingestion.bronze.rows import rules
from ingestion.bronze.rows.violations import Misfits
from ingestion.columns import OF_CHANGES, OF_FILES, OURS, POSITION
from ingestion.spec import Table
from ingestion.spec_columns import near_misses
from ingestion.values import json_rows
from ingestion.values.cast import is_text, plain_layout, try_cast
from ingestion.values.naming import snake
from ingestion.values.precision import LOST, finer, may_be_lost, warn_of_loss
from ingestion.values.types import arrow_type, bronze_type, to_spark

log = structlog.get_logger()


class Contract:
    """The columns of one table: those it has, and those that batches of this load added."""

    def __init__(
        self, table: Table, where: str, existing: Mapping[str, pa.DataType], own_rules: Sequence[str] = ()
    ) -> None:
        rules.check(table, where, own_rules)
        self.where = where
        self._may_lose = may_be_lost(table)
        self._null_keys_land = rules.severity(table, "null_key") == "warn"
        self.key = tuple(snake(name) for name in table.key)
        self.cursor = snake(table.cursor) if table.cursor else None
        self._is_window = table.kind == "window"
        self._ours = {*OURS, *(POSITION if self._is_window else ())}
        if table.deletes == "sweep":
            self._ours.add("_is_deleted")
        self._is_loaded = bool(existing)
        self._brought = set() if self._is_window else {*POSITION, *OF_FILES, *OF_CHANGES}
        self._excluded = {snake(name) for name in table.exclude} - self._brought
        self._missed: set[str] = set()
        """Excluded columns of which a warning said that another one is called almost so."""
        self._declared = {snake(name): arrow_type(spark) for name, spark in table.columns.items()}
        self.types: dict[str, pa.DataType] = dict(existing)
        self.seen: dict[str, pa.DataType | None] = {}
        """The columns that batches brought, in their types, None of a column of nothing but NULL."""

    def expect(self, name: str, of: pa.DataType) -> None:
        """The type of a column that neither the table nor its spec knows, should it come."""
        if name not in self._declared:
            self.types.setdefault(name, of)

    def check(self, batch: pa.Table) -> tuple[pa.Table, Misfits]:
        """The rows that can be landed, in bronze names and types, and those that can't.

        Raises ContractViolation where the batch as a whole can't be: names that collide, no key, no cursor.
        """
        named = self.named(batch)
        columns = {name: plain_layout(named.column(name)) for name in named.column_names}
        self.seen |= {name: self._declared.get(name) or bronze_type(values.type) for name, values in columns.items()}
        misfits = Misfits(columns, batch.num_rows)
        held = {name: self._held(name, values, misfits) for name, values in columns.items()}
        rows = pa.table({name: values for name, values in held.items() if values is not None})
        self._require(rows, misfits)
        return rows.filter(misfits.good()) if misfits else rows, misfits

    def named(self, batch: pa.Table) -> pa.Table:
        """The batch in bronze's names, without what must not be loaded; raises ContractViolation, see `check`."""
        loaded = [name for name in batch.column_names if snake(name) not in self._excluded]
        if self._excluded:
            self._warn_of_near_misses({snake(name) for name in batch.column_names})
        renamed = names.columns(loaded, self.where)
        named = [self._beside_ours(name, renamed) for name in renamed]
        return batch.select(loaded).rename_columns(named)

    def _warn_of_near_misses(self, there: set[str]) -> None:
        """Warn, once a load, of an excluded column that isn't there where another one is called almost so."""
        for name, near in near_misses(self._excluded - self._missed, there - self._brought).items():
            self._missed.add(name)
            log.warning(
                "exclude.not_there", table=self.where, excluded=name, loaded=near, hint="correct the table's spec"
            )

    def _beside_ours(self, name: str, others: Sequence[str]) -> str:
        """`_version` of the source is `_version__source`. It is part of the row id, so only from the first load on."""
        if name not in self._ours:
            return name
        beside = f"{name}__source"
        if beside in others or (self._is_loaded and beside not in self.types):
            why = f"has a column {beside} too" if beside in others else "was loaded before without it"
            raise ContractViolation(
                f"{self.where}: the source has a column {name}, as bronze adds itself, and {why}; "
                f'set exclude={{"{name}": "<reason>"}} in the table\'s spec and run again'
            )
        return beside

    def _held(self, name: str, values: pa.Array, misfits: Misfits) -> pa.Array | None:
        target = self._type(name, values.type)
        if target is None:
            return None
        if pa.types.is_nested(values.type):
            values = _as_json(values)
        if pa.types.is_string(values.type):
            values = _only_text(name, values, misfits)
        # a text that is one needs no second look at each of its bytes
        held, bad = (values, None) if values.type == target == pa.string() else try_cast(values, target)
        if bad is not None:
            misfits.add(bad, "wrong_type", f"{name} is not a {to_spark(target)}", name)
        self._require_precision(name, values, held, misfits)
        return held

    def _require_precision(self, name: str, values: pa.Array, held: pa.Array, misfits: Misfits) -> None:
        flags = finer(values, held)
        if flags is None:
            return
        if not self._may_lose:
            misfits.add(flags, LOST, f"{name} is finer than microseconds", name)
            return
        rows = pc.indices_nonzero(flags)
        first = str(json_rows.texts_of(values.take(rows[:1]))[0])
        warn_of_loss(self.where, name, len(rows), first, f"row {rows[0]} of a batch, from 0")

    def _type(self, name: str, of: pa.DataType) -> pa.DataType | None:
        """Return the column's type: as in the table, else as declared, else as it came; None while nobody knows."""
        known = self.types.get(name) or self._declared.get(name) or bronze_type(of)
        if known is not None:
            self.types[name] = known
        return known

    def _require(self, rows: pa.Table, misfits: Misfits) -> None:
        """Every row has its key and, in a window, its cursor."""
        for name in self.key:
            self._require_key(name, self._missing(rows, name), misfits)
        if self._is_window and self.cursor:
            misfits.add(
                self._missing(rows, self.cursor), "null_cursor", f"{self.cursor} is NULL: no version of its key"
            )

    def _require_key(self, name: str, missing: pa.Array, misfits: Misfits) -> None:
        if not self._null_keys_land:
            misfits.add(missing, "null_key", f"{name} is NULL, and it is part of the key")
        elif number := pc.sum(missing).as_py():
            log.warning("rule.broken", table=self.where, rule="null_key", column=name, rows=number)

    def _missing(self, rows: pa.Table, name: str) -> pa.Array:
        if name in rows.column_names:
            return pc.is_null(rows.column(name)).combine_chunks()
        if self._is_window:
            raise ContractViolation(
                f"{self.where}: there is no column {name}, which the table's spec names as key or cursor; "
                f"there are {', '.join(rows.column_names)}"
            )
        return pa.repeat(pa.scalar(True), rows.num_rows)


def _only_text(name: str, values: pa.Array, misfits: Misfits) -> pa.Array:
    """NULL where the bytes are no text; those rows are marked."""
    valid = is_text(values)
    if pc.all(valid).as_py() is not False:
        return values
    misfits.add(pc.invert(valid), "bad_encoding", f"{name} is not UTF-8", name)
    return pc.if_else(valid, values.cast(pa.binary()), None).cast(pa.string())


def _as_json(values: pa.Array) -> pa.Array:
    """Lists, structs and maps as JSON text."""
    texts = (None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in values.to_pylist())
    return pa.array(texts, pa.string())
