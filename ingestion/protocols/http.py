"""HTTP for sources: short waits, a few tries, errors that say which address and why.

Numbers in JSON keep their digits (`0.1` is a Decimal), so no rate or amount goes through a float.
"""

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Self

import httpx

from ingestion.instants import to_us
from ingestion.protocols.config import reason, unavailable
from ingestion.protocols.retry import ANSWER_SECONDS, CONNECT_SECONDS, retry_transient
from ingestion.spec import SourceError
from ingestion.values.json_values import from_json

PASSING = frozenset({429, 500, 502, 503, 504})
"""Answers that a second try may better."""
REFUSALS = frozenset({401, 403})


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in PASSING
    return isinstance(error, httpx.TransportError)


class NotFound(SourceError):
    """The address holds nothing (404)."""


class Api:
    """A client of one source's API. Raises SourceUnavailable where nobody answers or we are refused, SourceError for
    a request that can't be answered."""

    def __init__(self, source: str, base_url: str, settings: object, auth: httpx.Auth | None = None) -> None:
        self._source = source
        self._settings = settings
        patience = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        self._client = httpx.Client(base_url=base_url, auth=auth, timeout=patience, follow_redirects=True)
        self._client.event_hooks = {"request": [self._stay_with_tls]}
        self.told_us: int | None = None
        """The time by the server's clock when it gave its last answer, microseconds since 1970; None where it
        didn't say."""

    @property
    def address(self) -> str:
        """Scheme, host, port and path; never user, password and query."""
        return str(self._client.base_url.copy_with(userinfo=b"", query=None)).rstrip("/")

    def get(self, path: str, **params: str) -> Any:
        """GET, answered as JSON."""
        return self.json("GET", path, params=params)

    def json(self, method: str, path: str, **request: Any) -> Any:
        """Any method, answered as JSON."""
        body = self.ask(method, path, **request).content
        try:
            return from_json(body)
        except ValueError:
            raise SourceError(f"{self._source} at {self.address}{path}: expected JSON, got {body[:80]!r}") from None

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Any method, any answer."""
        try:
            return self._answer(method, path, **request)
        except httpx.HTTPStatusError as error:
            raise self._refusal(path, error.response) from None
        except httpx.HTTPError as error:
            raise unavailable(self._source, self.address, error, self._settings) from None

    @retry_transient(_may_pass)
    def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        answer = self._client.request(method, path, **request)
        self.told_us = told_us(answer)
        return answer.raise_for_status()

    def _stay_with_tls(self, request: httpx.Request) -> None:
        """Raise SourceError before a redirect from https to http is followed: it would send the login again."""
        if self._client.base_url.scheme == "https" and request.url.scheme == "http":
            raise SourceError(
                f"{self._source} at {self.address} redirects to http://{request.url.host}, which has no TLS: expected "
                f"https; check {self._source}'s address"
            )

    def _refusal(self, path: str, answer: httpx.Response) -> SourceError:
        """Return the server's answer, on one line; a server that keeps failing, or refuses us, is not available."""
        error = RuntimeError(f"{path.partition('?')[0]} answered {answer.status_code}: {answer.text:.300}")
        if answer.status_code in PASSING | REFUSALS:
            return unavailable(self._source, self.address, error, self._settings)
        kind = NotFound if answer.status_code == httpx.codes.NOT_FOUND else SourceError
        return kind(f"{self._source} at {self.address}: {reason(error, self._settings)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


def told_us(answer: httpx.Response) -> int | None:
    """The server's clock: the header Date, and Age where a cache answered in its place (RFC 9110, RFC 9111)."""
    try:
        moment = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError):
        return None
    age = answer.headers.get("Age", "0")
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return to_us(moment) + (int(age) * 1_000_000 if age.isdecimal() else 0)
