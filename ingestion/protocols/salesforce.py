"""Salesforce's API: signing in, REST queries page by page, Bulk API 2.0 queries. Deleted records are included."""

import csv
import io
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_exponential

from ingestion.protocols.config import Ways, resolve, secret
from ingestion.protocols.http import Api
from ingestion.protocols.tls import web_url
from ingestion.spec import SourceError, SourceUnavailable

Page = list[dict[str, Any]]

BULK_PAGE = "50000"
BULK_SECONDS = 3600
UNFINISHED = ("UploadComplete", "InProgress")


@dataclass(frozen=True)
class SalesforceSettings:
    """Section `sources.salesforce`: OAuth 2.0 by client credentials, or by user name and password."""

    login_url: str
    """https://<domain>.my.salesforce.com"""
    client_id: str
    client_secret: str = secret()
    username: str = ""
    password: str = secret("")
    """The password followed by the security token."""
    api_version: str = "62.0"
    bulk_from: int = 50_000
    """Windows of at least so many records go through the Bulk API."""

    @classmethod
    def ways(cls, values: Mapping[str, Any]) -> Ways:
        """Return what a user name needs."""
        return (("password",),) if values.get("username") else ()

    @property
    def grant(self) -> dict[str, str]:
        """The form that asks for a token."""
        client = {"client_id": self.client_id, "client_secret": self.client_secret}
        if not self.username:
            return {"grant_type": "client_credentials", **client}
        return {"grant_type": "password", "username": self.username, "password": self.password, **client}


class Session(httpx.Auth):
    """A token for every request, asked anew when it has expired."""

    def __init__(self, settings: SalesforceSettings) -> None:
        self._settings = settings
        self._token = ""
        self.instance_url = ""

    def sign_in(self) -> None:
        """Get a token and the org's own address; raises SourceUnavailable."""
        with Api("salesforce", web_url("salesforce", "login_url", self._settings.login_url), self._settings) as login:
            try:
                answer = login.json("POST", "/services/oauth2/token", data=self._settings.grant)
            except SourceError as error:  # a wrong secret is a bad request to Salesforce
                raise SourceUnavailable(str(error)) from None
        self._token = answer["access_token"]
        # where the token is sent next
        self.instance_url = web_url("salesforce", "login_url", answer["instance_url"])

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """httpx asks this for each request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        answer = yield request
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self.sign_in()
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request


class Salesforce:
    """One org."""

    def __init__(self, api: Api, version: str) -> None:
        self._api = api
        self._root = f"/services/data/v{version}"

    @property
    def told_us(self) -> int | None:
        """The org's clock at its last answer."""
        return self._api.told_us

    def fields(self, name: str) -> dict[str, str]:
        """Field -> Salesforce's type, as describe lists them."""
        described = self._api.get(f"{self._root}/sobjects/{name}/describe")["fields"]
        return {field["name"]: field["type"] for field in described}

    def query(self, soql: str) -> Mapping[str, Any]:
        """The first answer: totalSize, records, done."""
        answer: Mapping[str, Any] = self._api.get(f"{self._root}/queryAll", q=soql)
        return answer

    def pages(self, soql: str) -> Iterator[Page]:
        """All records, 2,000 at a time."""
        answer = self.query(soql)
        yield answer["records"]
        while not answer["done"]:
            answer = self._api.get(answer["nextRecordsUrl"])
            yield answer["records"]

    def deleted(self, name: str, start: str, end: str) -> Mapping[str, Any]:
        """getDeleted: deletedRecords (id, deletedDate) of whole minutes, and earliestDateAvailable."""
        answer: Mapping[str, Any] = self._api.get(f"{self._root}/sobjects/{name}/deleted", start=start, end=end)
        return answer

    def bulk(self, soql: str) -> Iterator[Page]:
        """All records through a job. Its results are CSV: every value is text, and nothing is None."""
        job = self._api.json("POST", f"{self._root}/jobs/query", json={"operation": "queryAll", "query": soql})
        path = f"{self._root}/jobs/query/{job['id']}"
        self._wait(path)
        locator: dict[str, str] = {}
        while locator.get("locator") != "null":
            answer = self._api.ask("GET", f"{path}/results", params={"maxRecords": BULK_PAGE, **locator})
            records = csv.DictReader(io.StringIO(answer.content.decode(), newline=""))
            yield [{name: value or None for name, value in record.items()} for record in records]
            locator = {"locator": answer.headers.get("Sforce-Locator", "null")}
        self._api.ask("DELETE", path)

    def _wait(self, path: str) -> None:
        poll = Retrying(
            retry=retry_if_result(lambda job: job["state"] in UNFINISHED),
            wait=wait_exponential(multiplier=0.1, max=10),
            stop=stop_after_delay(BULK_SECONDS),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        job = poll(self._api.get, path)
        if job["state"] != "JobComplete":
            raise SourceError(f"salesforce at {self._api.address}{path}: expected JobComplete, the job is {job}")


@contextmanager
def salesforce() -> Iterator[tuple[Salesforce, SalesforceSettings]]:
    """The org of the settings, signed in; raises SourceUnavailable."""
    settings = resolve(SalesforceSettings, "salesforce")
    session = Session(settings)
    session.sign_in()
    with Api("salesforce", session.instance_url, settings, session) as api:
        yield Salesforce(api, settings.api_version), settings
