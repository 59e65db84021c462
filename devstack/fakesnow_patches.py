"""What fakesnow 0.12.1 does unlike Snowflake, mended; each patch says which difference it removes.

`apply` changes fakesnow in this process only, which serves nothing else.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import duckdb
import fakesnow.arrow
import fakesnow.cursor
import fakesnow.transforms
import pyarrow as pa
import pyarrow.compute as pc
import s3fs
import sqlglot
from fakesnow.cursor import FakeSnowflakeCursor as Cursor
from fakesnow.instance import FakeSnow
from snowflake.connector.errors import Error, ProgrammingError
from sqlglot import Expr, exp

_COMMENTS = r"\s*(?:/\*.*?\*/\s*)*"
IGNORED = [
    _COMMENTS + r"(create|alter|drop|use)\s+(or\s+replace\s+)?(warehouse|role|user|secondary|stage\s+\S+\s+set"
    r"|resource\s+monitor|network\s+policy|external\s+volume|storage\s+integration)\b",
    _COMMENTS + r"(grant|revoke)\b",
    _COMMENTS + r"alter\s+(table|view|dynamic\s+table)\s+[^;]*\balter\b[^;]*\bcomment\b",
    _COMMENTS + r"alter\s+(transient\s+)?table\s+\S+\s+(cluster\s+by|resume\s+recluster)",
    _COMMENTS + r"alter\s+session\s+(un)?set\s+query_tag",
]
"""Statements about things that don't exist here (warehouses, roles, grants, clustering) succeed and do nothing."""

_PUBLISHER = """
select 'USAGE' as "privilege", 'DATABASE' as "granted_on", current_database() as "name"
union all select 'USAGE', 'WAREHOUSE', 'LOCAL'
union all select 'USAGE', 'SCHEMA', catalog_name || '.' || schema_name from information_schema.schemata
union all select 'CREATE TABLE', 'SCHEMA', catalog_name || '.' || schema_name from information_schema.schemata
union all select 'USAGE', 'STAGE', database_name || '.' || schema_name || '.' || name
    from _fs_global._fs_information_schema._fs_stages
"""
"""Every role's grants: what infra/snowflake/07_grants.sql gives, on whatever exists."""

_REWRITES = [
    (_COMMENTS + r"show\s+grants\s+to\s+role\b.*", _PUBLISHER),
    (
        _COMMENTS + r"desc(ribe)?\s+(storage\s+)?integration\b.*",
        'select null::varchar as "property", null::varchar as "property_value" where false',
    ),
    (r"\s*create\s+(?:transient\s+)?(schema\s+if\s+not\s+exists\s+\S+)\s+with\s+managed\s+access\b.*", r"create \1"),
    (
        _COMMENTS + r"show\s+grants\s+on\b.*",
        'select null::varchar as "privilege", null::varchar as "grantee_name", null::varchar as "granted_to"'
        " where false",
    ),
    (_COMMENTS + r"show\s+parameters\s+like\s+'query_tag'.*", "select 'QUERY_TAG' as \"key\", '' as \"value\""),
    (r"(.*?)\bdrop\s+dynamic\s+table\b", r"\1drop table"),
    (r"(.*?)\balter\s+dynamic\s+table(.*?rename\s+to.*)", r"\1alter table\2"),
]


def apply(server: FakeSnow, s3: str) -> None:
    """Mend fakesnow. `s3` is the address of the S3 service from which COPY reads."""
    filesystem = s3fs.S3FileSystem(endpoint_url=s3, skip_instance_cache=True, use_listings_cache=False)
    server.duck_conn.register_filesystem(filesystem)
    _wrap(fakesnow.arrow, "timestamp_to_sf_struct", _keep_null_timestamps)
    _wrap(fakesnow.transforms, "merge", _keep_merge_whole)
    _wrap(fakesnow.transforms, "integer_precision", _keep_long_numbers)
    _wrap(fakesnow.transforms, "integer_precision", _keep_wide_casts)
    _wrap(Cursor, "_transform", _unqualify_temporary)
    _wrap(Cursor, "_transform", _read_formats)
    _wrap(Cursor, "_execute", _merge_natively)
    _wrap(Cursor, "_execute", _end_transactions)
    _wrap(Cursor, "execute", _answer_errors)


def _wrap(owner: Any, name: str, patch: Callable[[Any], Any]) -> None:
    setattr(owner, name, patch(getattr(owner, name)))


def _keep_null_timestamps(original: Any) -> Any:
    """A NULL timestamp would arrive as 1970-01-01: the validity mask is lost on the way."""

    def convert(values: pa.Array | pa.ChunkedArray) -> pa.Array:
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        struct = original(values)
        if not values.null_count:
            return struct
        fields = [struct.type.field(index) for index in range(struct.type.num_fields)]
        return pa.StructArray.from_arrays(struct.flatten(), fields=fields, mask=pc.is_null(values))

    return convert


def _keep_wide_casts(original: Any) -> Any:
    """A cast to NUMBER(38,0) would become BIGINT, and a sum of more than 19 digits an error."""

    def convert(expression: Expr) -> Expr:
        is_cast = isinstance(expression, exp.DataType) and isinstance(expression.parent, exp.Cast)
        converted: Expr = expression if is_cast and expression.expressions else original(expression)
        return converted

    return convert


def _keep_long_numbers(original: Any) -> Any:
    """A cast to NUMBER(38,0) would become one to a 64-bit integer, which is too short for sums of digests."""

    def transform(expression: Expr) -> Expr:
        if isinstance(expression.parent, exp.Cast) and expression.sql(dialect="snowflake") == "DECIMAL(38, 0)":
            return expression
        changed: Expr = original(expression)
        return changed

    return transform


def _unqualify_temporary(original: Any) -> Any:
    """dbt's temporary tables and views carry a schema, which DuckDB refuses: they become ordinary ones."""

    def transform(self: Cursor, expression: Expr, params: Any) -> Expr:
        if isinstance(expression, exp.Create) and (temporary := expression.find(exp.TemporaryProperty)):
            table = expression.find(exp.Table)
            if table is not None and table.args.get("db"):
                temporary.pop()
        transformed: Expr = original(self, expression, params)
        return transformed

    return transform


def _read_formats(original: Any) -> Any:
    """Two formats that row digests use: FF6 is not padded to six digits, and hexadecimal digits are refused."""

    def transform(self: Cursor, expression: Expr, params: Any) -> Expr:
        # one after the other: what a pass has replaced it doesn't look into
        transformed: Expr = original(self, expression.transform(_read_hex).transform(_spell_microseconds), params)
        return transformed

    return transform


def _format_of(node: Expr) -> str:
    form = node.args.get("format")
    return str(form.name) if isinstance(form, exp.Literal) else ""


def _read_hex(node: Expr) -> Expr:
    if isinstance(node, exp.ToNumber) and re.fullmatch("X+", _format_of(node), re.IGNORECASE):
        return exp.cast(exp.DPipe(this=exp.Literal.string("0x"), expression=node.this), "bigint")
    return node


def _spell_microseconds(node: Expr) -> Expr:
    if isinstance(node, exp.ToChar) and _format_of(node) == "YYYY-MM-DD HH24:MI:SS.FF6":
        return exp.Anonymous(this="strftime", expressions=[node.this, exp.Literal.string("%Y-%m-%d %H:%M:%S.%f")])
    return node


def _end_transactions(original: Any) -> Any:
    """DDL inside a transaction would be rolled back with it; Snowflake commits before and after.

    After an error Snowflake keeps a transaction open. DuckDB can't: it has lost it, and would answer COMMIT with a
    silent rollback. Here everything but ROLLBACK fails then.
    """

    def execute(self: Any, transformed: Expr, params: Any = None) -> None:
        if isinstance(transformed, exp.Commit | exp.Create | exp.Alter | exp.Drop | exp.Comment):
            self._duck_conn.execute("select 1")  # fails in a lost transaction
        if isinstance(transformed, exp.Create | exp.Alter | exp.Drop | exp.Comment):
            try:
                self._duck_conn.commit()
            except duckdb.TransactionException as error:
                if "no transaction is active" not in str(error):
                    raise
            self._conn._in_transaction = False
        original(self, transformed, params)

    return execute


def _keep_merge_whole(_: Any) -> Any:
    """See `_merge_natively`."""
    return lambda expression: [expression]


def _merge_natively(original: Any) -> Any:
    """fakesnow takes a MERGE apart, which breaks on dbt's and lets a duplicate source row win at random."""

    def execute(self: Any, transformed: Expr, params: Any = None) -> None:
        if not isinstance(transformed, exp.Merge):
            original(self, transformed, params)
            return
        for when in transformed.find_all(exp.When):
            _qualify(when, transformed.args["using"].alias_or_name)
        if self._duck_conn.execute(_duplicates(transformed)).fetchone():
            raise ProgrammingError(msg="Duplicate row detected during DML action", errno=100090, sqlstate="42P18")
        rows = self._duck_conn.execute(transformed.sql(dialect="duckdb") + " returning merge_action").fetchall()
        done = Counter(row[0] for row in rows)
        counts = {"inserted": done["INSERT"], "updated": done["UPDATE"], "deleted": done["DELETE"]}
        answer = ", ".join(f'{count} as "number of rows {verb}"' for verb, count in counts.items())
        original(self, sqlglot.parse_one(f"select {answer}", read="duckdb"), None)
        self._rowcount = len(rows)

    return execute


def _qualify(when: exp.When, source: str) -> None:
    """Spell one WHEN clause as DuckDB wants it: values with the source's name, targets of SET without any."""
    then = when.args.get("then")
    if isinstance(then, exp.Insert) and then.expression is not None:
        for column in then.expression.find_all(exp.Column):
            if not column.table:
                column.set("table", exp.to_identifier(source))
    if isinstance(then, exp.Update):
        for assignment in then.expressions:
            if isinstance(assignment.this, exp.Column):
                assignment.this.set("table", None)


def _duplicates(merge: exp.Merge) -> str:
    """A query that returns a row if a target row would be changed by more than one source row."""
    matched = [when for when in merge.find_all(exp.When) if when.args.get("matched")]
    if not matched:
        return "select 1 where false"
    applies = exp.or_(*(when.args.get("condition") or exp.true() for when in matched))
    target = merge.this
    row = f"{target.alias_or_name}.rowid"
    query = exp.select("1").from_(target.copy()).join(merge.args["using"].copy(), on=merge.args["on"].copy())
    return query.where(applies.copy()).group_by(row).having("count(*) > 1").limit(1).sql(dialect="duckdb")


def _answer_errors(original: Any) -> Any:
    """Every failure is an answer: an HTTP 500 would make the connector repeat the statement for minutes."""

    def execute(self: Cursor, command: str, *arguments: Any, **options: Any) -> Any:
        for pattern, replacement in _REWRITES:
            if re.match(pattern, command, re.IGNORECASE | re.DOTALL):
                command = re.sub(pattern, replacement, command, flags=re.IGNORECASE | re.DOTALL)
        try:
            return original(self, command, *arguments, **options)
        except Error:
            raise
        except Exception as error:
            message = f"{type(error).__name__}: {str(error)[:500]}"
            raise ProgrammingError(msg=message, errno=1, sqlstate="0A000") from error

    return execute
