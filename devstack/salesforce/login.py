"""Sessions: OAuth tokens by client credentials or password, and the older SOAP login."""

import re
import secrets
import time
from base64 import b64decode
from html import unescape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from devstack.salesforce.org import Org, Refused

CLIENT = ("lakehouse", "sesame-salesforce")
"""Client id and secret."""
LOGIN = ("lakehouse", "sesame-salesforce")
"""User name, and password followed by the security token."""
ENVELOPE = (
    '<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'
)

_MESSAGE = "INVALID_LOGIN: Invalid username, password, security token; or user locked out."
FAULT = (
    f"<soapenv:Fault><faultcode>INVALID_LOGIN</faultcode><faultstring>{_MESSAGE}</faultstring><detail>"
    f"<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode><sf:exceptionMessage>{_MESSAGE}</sf:exceptionMessage>"
    "</detail></soapenv:Fault>"
)


def base(request: Request) -> str:
    """The org's own address, as this client sees it."""
    return f"{request.url.scheme}://{request.url.netloc}"


def authorised(request: Request) -> Org:
    """The org, for a request with a valid session. Raises `Refused`."""
    org: Org = request.app.state.org
    header = request.headers.get("Authorization", "")
    if header.removeprefix("Bearer ").removeprefix("OAuth ") not in org.tokens:
        raise Refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
    org.calls += 1
    return org


async def token(request: Request) -> JSONResponse:
    """OAuth 2.0: grants client_credentials and password."""
    form = dict(parse_qsl((await request.body()).decode()))
    client = (form.get("client_id", ""), form.get("client_secret", ""))
    if (basic := request.headers.get("Authorization", "")).startswith("Basic "):
        name, _, secret = b64decode(basic[6:]).decode().partition(":")
        client = (name, secret)
    user = (form.get("username", ""), form.get("password", ""))
    grants = {
        "client_credentials": (client == CLIENT, "invalid_client"),
        "password": (client[0] == CLIENT[0] and user == LOGIN, "invalid_grant"),
    }
    allowed, error = grants.get(form.get("grant_type", ""), (False, "unsupported_grant_type"))
    if not allowed:
        return JSONResponse({"error": error, "error_description": "authentication failure"}, 400)
    return JSONResponse(
        {
            "access_token": _issue(request.app.state.org),
            "instance_url": base(request),
            "id": f"{base(request)}/id/00D/005",
            "token_type": "Bearer",
            "issued_at": str(int(time.time() * 1000)),
        }
    )


async def soap(request: Request) -> Response:
    """SOAP: user name and password."""
    text = (await request.body()).decode()
    said = [re.search(rf"<\w+:{tag}>(.*?)</", text, re.S) for tag in ("username", "password")]
    if tuple(unescape(match[1]) if match else "" for match in said) != LOGIN:
        message = "INVALID_LOGIN: Invalid username, password, security token; or user locked out."
        detail = (
            f"<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode><sf:exceptionMessage>{message}</sf:exceptionMessage>"
        )
        fault = f"<faultcode>INVALID_LOGIN</faultcode><faultstring>{message}</faultstring><detail>{detail}</detail>"
        return _xml(f"<soapenv:Fault>{fault}</soapenv:Fault>", 500)
    session = f"<serverUrl>{request.url}</serverUrl><sessionId>{_issue(request.app.state.org)}</sessionId>"
    seconds = "<userInfo><sessionSecondsValid>7200</sessionSecondsValid></userInfo>"
    return _xml(f"<loginResponse><result>{session}{seconds}</result></loginResponse>")


def _issue(org: Org) -> str:
    session = f"00D!{secrets.token_urlsafe(24)}"
    org.tokens.add(session)
    return session


def _xml(body: str, status: int = 200) -> Response:
    return Response(ENVELOPE.format(body=body), status, media_type="text/xml")
