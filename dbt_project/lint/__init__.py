"""What sqlfluff sees in place of dbt's own objects, so that it checks models without dbt, a target or a connection.

sqlfluff knows ref, source, config and this; the macros in macros/ are the real ones. Every name below stands for an
object that dbt's Jinja has: just enough of it for a macro to write SQL of the right shape.
"""

import datetime
from collections.abc import Callable
from types import SimpleNamespace

execute = False
flags = SimpleNamespace(EMPTY=False)
modules = SimpleNamespace(datetime=datetime, pytz=SimpleNamespace(utc=datetime.UTC))
run_started_at = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
target = {"now": "2000-01-01T00:00:00+00:00", "type": "lint"}
dbt = SimpleNamespace(
    type_string=lambda: "string",
    type_timestamp=lambda: "timestamp",
    date_trunc=lambda part, date: f"date_trunc('{part}', {date})",
)
column = SimpleNamespace(name="key", data_type="string")
model = SimpleNamespace(name="model", columns={"key": column}, config=SimpleNamespace(unique_key=["key"]))


def env_var(name: str, default: str = "") -> str:
    """Nothing is set."""
    return default


def _dispatch(name: str, macro_namespace: str | None = None) -> Callable[..., str]:
    if name == "sql_type":
        return str
    queries = {"date_spine": "select date '2000-01-01' as date_day"}
    return lambda *arguments: queries.get(name) or f"{name}({', '.join(map(str, arguments))})"


adapter = SimpleNamespace(dispatch=_dispatch)
