"""REST: query and its pages, describe, limits, and which records were deleted or updated in a period."""

import re
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from devstack.salesforce.login import authorised
from devstack.salesforce.org import Org, Refused, Result
from ingestion.settings import Settings

VERSION = "62.0"
ROOT = f"/services/data/v{VERSION}"
PAGE = 2000
"""Records of one answer, unless the request asks for fewer."""
REACH = timedelta(days=15)
"""How far back deleted and updated records are told."""
TYPES = {"VARCHAR": "string", "BOOLEAN": "boolean", "DATE": "date", "BIGINT": "int", "INTEGER": "int"}


def versions(_: Request) -> JSONResponse:
    """The API's versions; needs no session."""
    return JSONResponse([{"label": "local", "url": ROOT, "version": VERSION}])


def limits(request: Request) -> JSONResponse:
    """What is left of the day's allowance."""
    calls = {"Max": 100_000, "Remaining": 100_000 - authorised(request).calls}
    return JSONResponse({"DailyApiRequests": calls, "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000}})


def objects(request: Request) -> JSONResponse:
    """The objects there are."""
    names = authorised(request).objects()
    found = [
        {"name": name, "queryable": True, "urls": {"describe": f"{ROOT}/sobjects/{name}/describe"}} for name in names
    ]
    return JSONResponse({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": found})


def describe(request: Request) -> JSONResponse:
    """An object's fields and their types."""
    org, name = authorised(request), request.path_params["name"]
    fields = [
        {"name": field, "label": field, "type": _type(field, kind), "nillable": field != "Id", "custom": "__c" in field}
        for field, kind in _fields(org, name).items()
    ]
    return JSONResponse({"name": name, "queryable": True, "fields": fields})


def query(request: Request) -> JSONResponse:
    """The first page of a query; `queryAll` includes deleted records."""
    org = authorised(request)
    result = org.run(request.query_params.get("q", ""), request.url.path.endswith("queryAll"), "+0000")
    if not result.query.fields:
        return JSONResponse({"totalSize": result.rows[0][0], "done": True, "records": []})
    return _page(request, org, result, None, 0)


def more(request: Request) -> JSONResponse:
    """A further page, by the locator of `nextRecordsUrl`."""
    org, locator = authorised(request), request.path_params["locator"]
    key, _, start = locator.rpartition("-")
    if key not in org.results or not start.isdigit():
        raise Refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(request, org, org.results[key], key, int(start))


def deleted(request: Request) -> JSONResponse:
    """Which records were deleted in a period, and when."""
    org, name, start, end = _period(request)
    condition = f"IsDeleted = true and SystemModstamp >= {start} and SystemModstamp < {end}"
    found = org.run(f"select Id, SystemModstamp from {name} where {condition}", True, "+0000").rows
    records = [{"id": key, "deletedDate": moment} for key, moment in found]
    records += [record for record in org.purged(name) if _within(record, request)]
    earliest = _instant(Settings.load().now() - REACH)
    return JSONResponse({"deletedRecords": records, "earliestDateAvailable": earliest, "latestDateCovered": end})


def _within(record: dict[str, str], request: Request) -> bool:
    _, start, end = _bounds(request)
    return start <= datetime.fromisoformat(record["deletedDate"]) < end


def updated(request: Request) -> JSONResponse:
    """Which records were made or changed in a period."""
    org, name, start, end = _period(request)
    condition = f"SystemModstamp >= {start} and SystemModstamp < {end}"
    found = org.run(f"select Id from {name} where {condition}", False, "+0000").rows
    return JSONResponse({"ids": [row[0] for row in found], "latestDateCovered": end})


def _period(request: Request) -> tuple[Org, str, str, str]:
    """The org, object, and bounds of a request for changes. Raises `Refused`."""
    org, name = authorised(request), request.path_params["name"]
    _fields(org, name)
    now, start, end = _bounds(request)
    if end <= start or now - start > REACH:
        message = f"the period must be positive and start within the last {REACH.days} days"
        raise Refused(400, "INVALID_REPLICATION_DATE", message)
    return org, name, _instant(start), _instant(end)


def _bounds(request: Request) -> tuple[datetime, datetime, datetime]:
    """Now, and the period's begin and end, whose seconds are ignored."""
    try:
        # a client that does not escape the + of a time zone sends a space
        start, end = (
            datetime.fromisoformat(request.query_params[bound].replace(" ", "+")) for bound in ("start", "end")
        )
        now = Settings.load().now()
        return now, start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    except (KeyError, ValueError, TypeError) as error:
        raise Refused(400, "INVALID_FIELD", "start and end must be instants such as 2026-01-31T00:00:00Z") from error


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000%z")


def _fields(org: Org, name: str) -> dict[str, str]:
    objects = org.objects()
    if name not in objects:
        raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
    return objects[name]


def _type(field: str, kind: str) -> str:
    if field.endswith("Id"):
        return "id" if field == "Id" else "reference"
    return "datetime" if kind.startswith("TIMESTAMP") else TYPES.get(kind, "double")


def _page(request: Request, org: Org, result: Result, key: str | None, start: int) -> JSONResponse:
    asked = re.search(r"batchSize=(\d+)", request.headers.get("Sforce-Query-Options", ""))
    end = start + (min(max(int(asked[1]), 200), PAGE) if asked else PAGE)
    answer: dict[str, Any] = {"totalSize": len(result.rows), "done": end >= len(result.rows)}
    if not answer["done"]:
        answer["nextRecordsUrl"] = f"{ROOT}/query/{key or org.keep(result, '01g')}-{end}"
    return JSONResponse(answer | {"records": [_record(result, row) for row in result.rows[start:end]]})


def _record(result: Result, row: tuple[Any, ...]) -> dict[str, Any]:
    values = dict(zip(result.query.fields, row, strict=True))
    attributes = {"type": result.query.name}
    if "Id" in values:
        attributes["url"] = f"{ROOT}/sobjects/{result.query.name}/{values['Id']}"
    return {"attributes": attributes} | values
