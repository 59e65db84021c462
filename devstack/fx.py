"""An exchange-rate API in Frankfurter's shape (v1, and v2's flat list) over the ECB's rates and the demo's clock.

`python -m devstack.fx PORT`. A working day's reference rate appears at 15:00 UTC of that day. /latest gives a value
of the current hour instead, seeded, so that it moves like the market and repeats exactly. What is simulated says so:
`"provider": "simulated"`. One unit of `base` is `rate` units of a currency.
"""

import sys
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from devstack.ecb import Ecb, Rates, is_working_day
from ingestion.settings import Settings

PUBLISHED_AT = 15
"""Hour of the day, UTC."""
PRECISION = ((5000, 0), (80, 2), (20, 3), (1, 4), (Decimal("0.0001"), 5))
"""Digits after the point of a rate above each bound, as the real service rounds; 6 below all of them."""

ECB = Ecb()


def now() -> datetime:
    """The demo's clock, read anew for each request."""
    return Settings.load().now()


def published(moment: datetime) -> date:
    """The last day that may have a reference rate at this instant."""
    return moment.date() if moment.hour >= PUBLISHED_AT else moment.date() - timedelta(days=1)


def quoted(rates: Rates, base: str, symbols: list[str] | None, amount: Decimal = Decimal(1)) -> dict[str, float]:
    """Rates turned to another base and rounded; empty if the base or all symbols have none."""
    per_euro = {"EUR": Decimal(1)} | rates
    if base not in per_euro:
        return {}
    wanted = sorted(set(symbols or per_euro) & set(per_euro) - {base})
    return {symbol: _rounded(amount * per_euro[symbol] / per_euro[base]) for symbol in wanted}


def _rounded(value: Decimal) -> float:
    digits = next((digits for bound, digits in PRECISION if value > bound), 6)
    return float(value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def _symbols(request: Request, *names: str) -> list[str] | None:
    texts = [request.query_params[name] for name in names if name in request.query_params]
    return texts[0].upper().split(",") if texts else None


def _asked(request: Request) -> tuple[str, list[str] | None, Decimal]:
    base = (_symbols(request, "from", "base") or ["EUR"])[0]
    symbols = _symbols(request, "to", "symbols")
    if symbols == [base]:
        raise HTTPException(422, "bad currency pair")
    try:
        amount = Decimal(request.query_params.get("amount", "1"))
    except ArithmeticError as error:
        raise HTTPException(422, "invalid amount") from error
    return base, symbols, amount


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise HTTPException(422, "invalid date") from error


def _provider(last: date) -> dict[str, str]:
    return {"provider": "ecb" if last <= ECB.last else "simulated"}


def _single(request: Request, day: date | None, rates: Rates, **provider: str) -> JSONResponse:
    base, symbols, amount = _asked(request)
    values = quoted(rates, base, symbols, amount)
    if day is None or not values:
        raise HTTPException(404, "not found")
    return JSONResponse({"amount": float(amount), "base": base, "date": str(day), "rates": values} | provider)


async def latest(request: Request) -> JSONResponse:
    """The market's rates of this hour; at weekends and on holidays those of the last working day's last hour."""
    moment = now()
    day, hour = moment.date(), moment.hour
    while not is_working_day(day):
        day, hour = day - timedelta(days=1), 23
    return _single(request, day, ECB.intraday(day, hour), provider="simulated")


async def on(request: Request) -> JSONResponse:
    """A day's reference rates, or the last ones before it; nothing for the future or before the first."""
    if ".." in request.path_params["day"]:
        return await between(request)
    moment, asked = now(), _day(request.path_params["day"])
    day = ECB.day(min(asked, published(moment))) if asked <= moment.date() else None
    return _single(request, day, ECB.rates(day) if day else {}, **_provider(day or asked))


async def between(request: Request) -> JSONResponse:
    """The reference rates of a period, starting with the publication that held on its first day."""
    first_text, _, last_text = request.path_params["day"].partition("..")
    moment, start = now(), _day(first_text)
    end = min(_day(last_text or str(moment.date())), published(moment))
    base, symbols, amount = _asked(request)
    first = ECB.day(min(start, published(moment))) or start
    days = ECB.days(first, end) if start <= moment.date() else []
    rates = {str(day): values for day in days if (values := quoted(ECB.rates(day), base, symbols, amount))}
    if not rates:
        raise HTTPException(404, "not found")
    answer: dict[str, Any] = {"amount": float(amount), "base": base, "start_date": min(rates), "end_date": max(rates)}
    return JSONResponse(answer | {"rates": rates} | _provider(days[-1]))


async def flat(request: Request) -> JSONResponse:
    """v2: one row for each day and currency."""
    moment = now()
    limit = published(moment)
    last = min(_day(request.query_params.get("to", str(limit))), limit)
    start = _day(request.query_params.get("from", request.query_params.get("date", str(ECB.day(last) or last))))
    base, quotes = request.query_params.get("base", "EUR").upper(), _symbols(request, "quotes")
    return JSONResponse(
        [
            {"date": str(day), "base": base, "quote": quote, "rate": rate} | _provider(day)
            for day in ECB.days(start, last)
            for quote, rate in quoted(ECB.rates(day), base, quotes).items()
        ]
    )


async def currencies(_: Request) -> JSONResponse:
    """The currencies of the last publication."""
    day = ECB.day(published(now()))
    return JSONResponse({ccy: ccy for ccy in sorted({"EUR", *(ECB.rates(day) if day else {})})})


async def refused(_: Request, error: Exception) -> JSONResponse:
    """Errors as the real service words them."""
    status, message = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, str(error))
    return JSONResponse({"message": message.lower()}, status)


APP = Starlette(
    routes=[
        Route("/v1/latest", latest),
        Route("/v1/currencies", currencies),
        Route("/v1/{day:str}", on),
        Route("/v2/rates", flat),
    ],
    exception_handlers={HTTPException: refused},
)

if __name__ == "__main__":
    uvicorn.run(APP, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
