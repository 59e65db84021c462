"""Bulk API 2.0 queries: a job is created, polled, and its results fetched as CSV, page by page, with locators."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from devstack.salesforce.login import authorised
from devstack.salesforce.org import Org, Refused, Result
from devstack.salesforce.rest import VERSION

PAGE = 50_000
"""Records of one answer, unless the request asks for another number."""


async def create(request: Request) -> JSONResponse:
    """Run the query of a new job; it shows as done from the second poll on."""
    org, wish = authorised(request), await request.json()
    operation = wish.get("operation")
    if operation not in ("query", "queryAll"):
        raise Refused(400, "INVALIDOPERATION", f"operation {operation!r}: expected query or queryAll")
    result = org.run(wish.get("query", ""), operation == "queryAll", "Z")
    result.job = {
        "id": org.keep(result, "750"),
        "operation": operation,
        "object": result.query.name,
        "createdDate": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "state": "UploadComplete",
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(VERSION),
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }
    return JSONResponse(result.job)


def jobs(request: Request) -> JSONResponse:
    """All jobs that are remembered."""
    records = [result.job for result in authorised(request).results.values() if result.job]
    return JSONResponse({"done": True, "records": records, "nextRecordsUrl": None})


async def job(request: Request) -> Response:
    """Poll (GET), abort (PATCH) or delete (DELETE) a job."""
    org, result = _found(request)
    if request.method == "DELETE":
        del org.results[result.job["id"]]
        return Response(status_code=204)
    if request.method == "PATCH":
        result.job["state"] = (await request.json())["state"]
    elif result.job["state"] == "UploadComplete":
        result.job["state"] = "InProgress"
    elif result.job["state"] == "InProgress":
        result.job |= {"state": "JobComplete", "numberRecordsProcessed": len(result.rows), "retries": 0}
    return JSONResponse(result.job)


def results(request: Request) -> Response:
    """A page of a finished job; the header Sforce-Locator names the next one, or says `null`."""
    _, result = _found(request)
    if result.job["state"] != "JobComplete":
        raise Refused(400, "INVALIDJOBSTATE", f"the job is {result.job['state']}, results need JobComplete")
    start = int(request.query_params.get("locator", 0))
    end = start + int(request.query_params.get("maxRecords", PAGE))
    rows = result.rows[start:end]
    headers = {
        "Sforce-Locator": str(end) if end < len(result.rows) else "null",
        "Sforce-NumberOfRecords": str(len(rows)),
    }
    return Response(_csv(result, rows), media_type="text/csv", headers=headers)


def _found(request: Request) -> tuple[Org, Result]:
    org = authorised(request)
    result = org.results.get(request.path_params["job"])
    if result is None or not result.job:
        raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
    return org, result


def _csv(result: Result, rows: list[tuple[Any, ...]]) -> str:
    """Quoted throughout; NULL is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(result.query.fields or ("expr0",))
    writer.writerows([str(value).lower() if isinstance(value, bool) else value for value in row] for row in rows)
    return text.getvalue()
