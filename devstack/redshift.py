"""Amazon Redshift, emulated: a gateway before the local PostgreSQL that speaks and refuses as Redshift does.

`python -m devstack.redshift PORT POSTGRES_PORT MOTO_PORT`. Start-up parameters that only Redshift knows are dropped,
statements are translated by sqlglot, UNLOAD writes Parquet to S3, COPY through the connection is refused, and there
is no TLS (`ssl=False`). SUPER is text that holds JSON.
"""

import asyncio
import re
import struct
import sys
from asyncio import StreamReader, StreamWriter
from contextlib import suppress

import sqlglot
from sqlglot import Expr, exp

from devstack import unload

KNOWN = {b"user", b"database", b"application_name", b"client_encoding"}
"""Start-up parameters that PostgreSQL takes."""
TLS_REQUESTS = (80877103, 80877104)
CANCEL_REQUEST = 80877102
"""Codes that stand in the place of a protocol version."""

AS_IT_IS = re.compile(r"\s*(begin|start|commit|end|rollback|abort|show|set|declare|fetch|close|deallocate)\b", re.I)
"""Statements that both understand."""
OWN_SETTING = re.compile(r"\s*(re)?set\s+(query_group|enable_\w+|wlm_query_slot_count|json_\w+|spectrum_\w+)\b", re.I)
DISTRIBUTION = re.compile(
    r"\b(diststyle\s+\w+|distkey(\s*\(\s*\w+\s*\))?|(compound\s+|interleaved\s+)?sortkey(\s*\([^)]*\))?"
    r"|sortkey\s+auto|encode\s+\w+|backup\s+(yes|no))",
    re.I,
)
CURSOR = re.compile(r"(\s*declare\b.*?\bfor\s)(.*)", re.I | re.S)
COPY_STREAM = re.compile(r"\s*copy\b.*\b(to\s+stdout|from\s+stdin)\b", re.I | re.S)
NOTHING = "do $nothing$ begin end $nothing$"
VERSION = "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.0 (emulated)"


def translate(sql: str, gateway: "Gateway") -> str:
    """A Redshift statement in PostgreSQL's words; one that Redshift refuses becomes one that raises its error."""
    if match := COPY_STREAM.match(sql):
        side = match[1].lower()
        return _raising(f"COPY {side} is not supported: Redshift reads and writes files on Amazon S3 (COPY, UNLOAD)")
    if statement := unload.parse(sql):
        try:
            unload.run(statement, gateway.postgres_port, gateway.s3)
        except unload.UnloadFailed as error:
            return _raising(str(error))
        return NOTHING
    if OWN_SETTING.match(sql):
        return NOTHING
    if match := CURSOR.match(sql):
        return match[1] + to_postgres(match[2])
    if sql == NOTHING or AS_IT_IS.match(sql) or "pg_catalog" in sql:
        return sql
    return to_postgres(sql)


def to_postgres(sql: str) -> str:
    """Translate the dialect; what sqlglot can't read is left for PostgreSQL to judge."""
    if re.match(r"\s*create\b", sql, re.I):
        sql = DISTRIBUTION.sub("", sql)
    try:
        statements = sqlglot.parse(sql, read="redshift")
    except sqlglot.errors.SqlglotError:
        return sql
    return ";".join(statement.transform(_own).sql(dialect="postgres") for statement in statements if statement)


def _own(node: Expr) -> Expr:
    """What is Redshift's own: SUPER and VARCHAR(MAX) are text here, GETDATE() has no time zone, VERSION() differs."""
    if isinstance(node, exp.DataType) and (node.this == exp.DataType.Type.SUPER or "(MAX)" in node.sql().upper()):
        return exp.DataType.build("text")
    if isinstance(node, exp.CurrentTimestamp):
        return exp.Localtimestamp()
    if isinstance(node, exp.CurrentVersion):
        return exp.Literal.string(VERSION)
    return node


def _raising(message: str) -> str:
    quoted = message.replace("'", "''").replace("$", "")
    return f"do $refusal$ begin raise exception using message = '{quoted}', errcode = '0A000'; end $refusal$"


class Gateway:
    """Takes connections and pairs each with one to PostgreSQL."""

    def __init__(self, postgres_port: int, s3: str) -> None:
        self.postgres_port = postgres_port
        self.s3 = s3

    async def serve(self, port: int) -> None:
        """Serve until cancelled."""
        server = await asyncio.start_server(self.connected, "127.0.0.1", port)
        async with server:
            await server.serve_forever()

    async def connected(self, client_in: StreamReader, client_out: StreamWriter) -> None:
        """One client: translate what it says, pass on unchanged what PostgreSQL answers."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            greeting = await _greeting(client_in, client_out)
            server_in, server_out = await asyncio.open_connection("127.0.0.1", self.postgres_port)
            server_out.write(greeting)
            answers = asyncio.create_task(_pass_on(server_in, client_out))
            unloads: dict[bytes, bytes] = {}
            try:
                while True:
                    server_out.write(await self._message(client_in, unloads))
                    await server_out.drain()
            finally:
                server_out.close()
                await answers
        client_out.close()

    async def _message(self, client: StreamReader, unloads: dict[bytes, bytes]) -> bytes:
        """The client's next message, its SQL translated; `unloads` are this connection's prepared ones."""
        kind = await client.readexactly(1)
        body = await client.readexactly(_length(await client.readexactly(4)))
        if kind == b"Q":
            body = await self._translated(body[:-1]) + b"\0"
        elif kind == b"P":
            name, sql, rest = body.split(b"\0", 2)
            unloads.pop(name, None)
            if unload.parse(sql.decode()):
                unloads[name], sql = sql, NOTHING.encode()
            body = name + b"\0" + await self._translated(sql) + b"\0" + rest
        elif kind == b"B" and (name := body.split(b"\0", 2)[1]) in unloads:
            return await self._unloaded(name, unloads[name]) + kind + _sized(body)
        return kind + _sized(body)

    async def _unloaded(self, name: bytes, sql: bytes) -> bytes:
        """Messages that prepare a statement anew with the outcome of an UNLOAD: a driver prepares only once."""
        outcome = await self._translated(sql)
        return b"C" + _sized(b"S" + name + b"\0") + b"P" + _sized(name + b"\0" + outcome + b"\0\0\0")

    async def _translated(self, sql: bytes) -> bytes:
        return (await asyncio.to_thread(translate, sql.decode(), self)).encode()


async def _greeting(client: StreamReader, answer: StreamWriter) -> bytes:
    """The start-up message without Redshift's own parameters, after refusing any wish for TLS."""
    while True:
        body = await client.readexactly(_length(await client.readexactly(4)))
        code = struct.unpack("!I", body[:4])[0]
        if code not in TLS_REQUESTS:
            break
        answer.write(b"N")
    words = body[4:].split(b"\0")
    pairs = [(name, value) for name, value in zip(words[::2], words[1::2], strict=False) if name in KNOWN]
    known = b"".join(name + b"\0" + value + b"\0" for name, value in pairs)
    return _sized(body if code == CANCEL_REQUEST else body[:4] + known + b"\0")


async def _pass_on(source: StreamReader, target: StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    target.close()


def _length(header: bytes) -> int:
    return int(struct.unpack("!I", header)[0]) - 4


def _sized(body: bytes) -> bytes:
    return struct.pack("!I", len(body) + 4) + body


if __name__ == "__main__":
    asyncio.run(Gateway(int(sys.argv[2]), f"http://127.0.0.1:{sys.argv[3]}").serve(int(sys.argv[1])))
