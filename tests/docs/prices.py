"""Amounts of money that pages compute in their tables, from infra/prices.json.

A cell is a sum of products: `2 tasks x 60 s x `fargate_task` + 10 MB x `athena_tb``. A word after a number says what is
counted; a name in backticks is a price of the file, or a rate that an earlier table of the page named.
"""

import json
import re
from collections.abc import Mapping
from math import prod

from tests.docs.pages import INFRA

FILE = INFRA / "prices.json"
COUNTED = {
    **dict.fromkeys(("vCPU", "GB", "ACU", "MB", "task", "tasks", "worker", "workers", "run", "runs"), 1.0),
    **dict.fromkeys(("query", "queries", "request", "requests", "event", "events", "transition", "transitions"), 1.0),
    **dict.fromkeys(("endpoint", "endpoints"), 1.0),
    "s": 1.0,
    "h": 3600.0,
}
"""Words after a number, and what one of them is in seconds, megabytes or pieces."""
PER = {"second": 1.0, "hour": 3600.0, "month": 1.0, "TB": 1e6, "event": 1.0, "request": 1.0, "transition": 1.0}
"""Units of prices, in the same."""

_FACTOR = re.compile(r"(?P<number>\d[\d,]*(?:\.\d+)?)(?: (?P<counted>\w+))?|`(?P<price>\w+)`")


def prices() -> dict[str, float]:
    """Return USD by the name of a price: for a second, a month, a MB, or a piece."""
    listed = json.loads(FILE.read_text())["prices"]
    return {name: price["usd"] / PER[price["unit"].rpartition("-")[2]] for name, price in listed.items()}


def usd(cell: str, known: Mapping[str, float]) -> float:
    """Compute a cell. Raises ValueError for a factor that is neither a quantity nor a known price."""
    return sum(prod(_factor(factor, known) for factor in term.split(" x ")) for term in cell.split(" + "))


def _factor(text: str, known: Mapping[str, float]) -> float:
    match = _FACTOR.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} in a sum of prices: expected a quantity such as 60 s, or `a_price`")
    if name := match["price"]:
        if name not in known:
            raise ValueError(f"no price {name}: add it to infra/prices.json")
        return known[name]
    if (counted := match["counted"]) and counted not in COUNTED:
        raise ValueError(f"{text!r}: {counted} is none of {', '.join(COUNTED)}")
    return number(match["number"]) * COUNTED.get(counted, 1.0)


def number(text: str) -> float:
    """Return the value of a figure as pages write it: 1,234.5."""
    return float(text.replace(",", ""))


def differs(figure: str, value: float) -> str:
    """Return the figure that a page should show, with as many decimals as it shows; nothing if it shows that."""
    decimals = len(figure.partition(".")[2])
    right = f"{value:,.{decimals}f}"
    return "" if right == figure else right
