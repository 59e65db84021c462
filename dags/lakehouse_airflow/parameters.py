"""Parameters of a run, each with its JSON schema: Airflow refuses a run whose values do not fit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow.sdk import Param

FLAGS = ("build", "publish")
DAY = {"type": "string", "format": "date"}


def parameters(names: Iterable[str], environment: str, sources: Sequence[str]) -> dict[str, Param]:
    """Return the parameters of a DAG by name; each DAG has `environment`."""
    known: Mapping[str, Any] = {
        "environment": Param(
            environment,
            type="string",
            enum=[environment],
            description="The environment that this Airflow runs; a run that names another one is refused.",
        ),
        "sources": Param(
            list(sources),
            type="array",
            items={"type": "string", "enum": list(sources)},
            uniqueItems=True,
            description="Sources to load; none: build on what is there.",
        ),
        "full_refresh": Param(
            False, type="boolean", description="Read whole tables again: `lakehouse ingest <source> --full`."
        ),
        "date_from": Param(**DAY, description="The first day to load."),
        "date_to": Param(**DAY, description="The day before which it ends."),
        "step": Param(
            "1d", type="string", pattern="^[1-9][0-9]{0,4}[dh]$", description="How much one load takes: 1d, 12h, 7d."
        ),
        "features": Param(
            dict.fromkeys(FLAGS, True),
            type="object",
            properties={flag: {"type": "boolean"} for flag in FLAGS},
            required=list(FLAGS),
            additionalProperties=False,
            description="Steps to run; false leaves one out.",
        ),
    }
    return {name: known[name] for name in ("environment", *names)}
