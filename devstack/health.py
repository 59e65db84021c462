"""Questions that only a working service answers. Each raises when it is not (yet) well."""

from http.client import HTTPConnection

TIMEOUT = 2.0
"""Seconds a service has for one answer."""


class Unwell(RuntimeError):
    """A service answered, but not as a working one does."""


def http(port: int, path: str, method: str = "GET", seconds: float = TIMEOUT) -> None:
    """A request to a local server must be answered with a status below 400, within this time."""
    connection = http_connection(port, seconds)
    try:
        connection.request(method, path)
        status = connection.getresponse().status
    finally:
        connection.close()
    if status >= 400:
        raise Unwell(f"{method} http://127.0.0.1:{port}{path} answered {status}")


def http_connection(port: int, seconds: float = TIMEOUT) -> HTTPConnection:
    """A connection that no proxy setting diverts."""
    return HTTPConnection("127.0.0.1", port, timeout=seconds)


def sql(address: str) -> None:
    """A PostgreSQL server must answer `select 1` at this address."""
    import psycopg

    with psycopg.connect(address, connect_timeout=int(TIMEOUT), autocommit=True) as connection:
        connection.execute("select 1")
