"""The two files that DAGs are made from: `dags.json`, their steps, and `environment.json`, where they run.

`python -m operations.definitions` writes the first one. Terraform writes the second one (output `airflow`), or you do:
docs/operate/airflow.md.
"""

import json
import os
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1]
PLACE = "LAKEHOUSE_AIRFLOW_ENVIRONMENT"
"""Variable that names another file than the environment.json beside the DAGs."""


class EnvironmentMissing(RuntimeError):
    """There is no environment.json: where it was expected, and the command that writes it."""


def definition(dag_id: str) -> dict[str, Any]:
    """Return a DAG's description, schedule, parameters and steps."""
    found: dict[str, Any] = json.loads((FOLDER / "dags.json").read_text())[dag_id]
    return found


def environment() -> dict[str, Any]:
    """Return the runtime of tasks and the addresses that it needs. Raises EnvironmentMissing."""
    path = Path(os.environ.get(PLACE, FOLDER / "environment.json"))
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise EnvironmentMissing(
            f"the DAGs have no environment: there is no {path}; write it with "
            "`terraform -chdir=infra/envs/dev output -json airflow > dags/environment.json`, "
            "or from dags/environment.example.json where there is no AWS account"
        ) from error
    # a task loads a source, or a table of it; four at a time, as the state machine does
    return {"loads": found["sources"], "parallel": 4, **found}
