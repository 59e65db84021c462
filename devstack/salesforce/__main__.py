"""`python -m devstack.salesforce PORT`: serve the org of this LAKEHOUSE_HOME."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from devstack.salesforce import bulk, login, rest
from devstack.salesforce.org import Org, Refused
from ingestion.settings import Settings

DATA = rest.ROOT.rsplit("/", 1)[0] + "/{version}"


def refused(_: Request, error: Exception) -> JSONResponse:
    """An error as Salesforce tells it: a list of one."""
    if not isinstance(error, Refused):
        raise error
    return JSONResponse([{"message": str(error), "errorCode": error.code}], error.status)


def application(org: Org) -> Starlette:
    """The API over these records."""
    app = Starlette(
        routes=[
            Route("/services/oauth2/token", login.token, methods=["POST"]),
            Route("/services/Soap/u/{rest:path}", login.soap, methods=["POST"]),
            Route("/services/data", rest.versions),
            Route(DATA + "/limits", rest.limits),
            Route(DATA + "/sobjects", rest.objects),
            Route(DATA + "/sobjects/{name}/describe", rest.describe),
            Route(DATA + "/sobjects/{name}/deleted", rest.deleted),
            Route(DATA + "/sobjects/{name}/updated", rest.updated),
            Route(DATA + "/query", rest.query),
            Route(DATA + "/queryAll", rest.query),
            Route(DATA + "/query/{locator}", rest.more),
            Route(DATA + "/queryAll/{locator}", rest.more),
            Route(DATA + "/jobs/query", bulk.create, methods=["POST"]),
            Route(DATA + "/jobs/query", bulk.jobs, methods=["GET"]),
            Route(DATA + "/jobs/query/{job}", bulk.job, methods=["GET", "PATCH", "DELETE"]),
            Route(DATA + "/jobs/query/{job}/results", bulk.results),
        ],
        exception_handlers={Refused: refused},
    )
    app.state.org = org
    return app


if __name__ == "__main__":
    served = application(Org(Settings.load().services / "salesforce"))
    uvicorn.run(served, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=1)
