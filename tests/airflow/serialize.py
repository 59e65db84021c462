"""Print the DAGs of a folder as Airflow's scheduler knows them, in JSON. Airflow's own Python runs it."""

import json
import sys
from typing import Any

from airflow import __version__

try:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization
except ImportError:  # 3.0
    from airflow.models.dagbag import DagBag
    from airflow.serialization.serialized_objects import SerializedDAG as DagSerialization


def described(serialized: dict[str, Any]) -> dict[str, Any]:
    """Return what the scheduler knows of a DAG."""
    dag = DagSerialization.from_dict(serialized)
    return {
        "cron": serialized["dag"]["timetable"]["__var"].get("expression"),
        "timezone": str(dag.timezone),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "max_active_tasks": dag.max_active_tasks,
        "deadline": serialized["dag"].get("deadline"),
        "dagrun_timeout_s": dag.dagrun_timeout and dag.dagrun_timeout.total_seconds(),
        "params": {name: dag.params.get_param(name).schema for name in dag.params},
        "tasks": {task.task_id: task_described(task) for task in dag.tasks},
    }


def task_described(task: Any) -> dict[str, Any]:
    """Return what the scheduler knows of a task, and the arguments that templates are rendered in."""
    return {
        "operator": task.task_type,
        "retries": task.retries,
        "retry_delay_s": task.retry_delay.total_seconds(),
        "backoff": backoff(task.retry_exponential_backoff),
        "timeout_s": task.execution_timeout and task.execution_timeout.total_seconds(),
        "trigger_rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
        "upstream": sorted(task.upstream_task_ids),
        "calls_back": bool(getattr(task, "has_on_failure_callback", getattr(task, "on_failure_callback", None))),
        "fields": {name: getattr(task, name, None) for name in task.template_fields},
    }


def backoff(setting: bool | float) -> float:
    """Return the factor between two delays: in Airflow 3.0 the setting is true, and the factor 2."""
    return 2.0 if setting is True else float(setting)


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])  # as Airflow does for the folder of a bundle
    bag = DagBag(sys.argv[1])
    ours = sorted(name for name in sys.modules if name.split(".")[0] in ("ingestion", "operations", "devstack"))
    dags = {name: described(DagSerialization.to_dict(dag)) for name, dag in bag.dags.items()}
    parsed_dags = {"version": __version__, "errors": bag.import_errors, "dags": dags, "project": ours}
    print(json.dumps(parsed_dags, default=str))  # noqa: T201
