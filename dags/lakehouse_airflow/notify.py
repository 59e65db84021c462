"""Messages to the SNS topics of an environment: mail, Slack and PagerDuty subscribe there, not here.

critical  one message a run that failed, and one that its deadline is over: somebody gets up
info      each task that failed after its retries, with its error: what to read then
"""

from collections.abc import Mapping
from typing import Any

from airflow.providers.amazon.aws.notifications.sns import SnsNotifier
from airflow.providers.amazon.aws.operators.sns import SnsPublishOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import BaseOperator, TaskGroup

from lakehouse_airflow.versions import deadline

Json = Mapping[str, Any]

FAILED = """{{ dag.dag_id }}, run {{ run_id }} in {{ params.environment }}, failed: \
{% for task, state in ti.get_task_states(dag_id=dag.dag_id, run_ids=[run_id])[run_id].items() if state == "failed" %}\
{{ task }} {% endfor %}
What was loaded stays, and Snowflake keeps its last good state. The topic info has each error.
Clear the failed tasks in Airflow to go on, or start the DAG again: no step does its work twice."""
TASK = """{{ ti.task_id }} of {{ dag.dag_id }}, run {{ run_id }}, attempt {{ ti.try_number }}, failed: \
{{ exception | default("the log has the error, Airflow 3.0 does not hand it on") }}
{{ ti.log_url | default("") }}"""
LATE = "{{ dag_run.dag_id }}, run {{ dag_run.dag_run_id }}, goes on after its deadline: look at its tasks in Airflow."
ENDED_LATE = "{{ dag.dag_id }}, run {{ run_id }}: {{ reason }}. A run that exceeds its time is stopped by Airflow 3.0."


def to(environment: Json, severity: str, subject: str, message: str) -> dict[str, Any]:
    """Return the arguments of a message to a topic."""
    return {
        "target_arn": environment["topics"][severity],
        "region_name": environment["region"],
        "aws_conn_id": None,
        "subject": f"{subject}: lakehouse-{environment['environment']}",
        "message": message,
    }


def on_task_failure(environment: Json) -> SnsNotifier:
    """Return the callback of a task that failed for good."""
    return SnsNotifier(**to(environment, "info", "Task failed", TASK))


def at_deadline(environment: Json, seconds: int) -> dict[str, Any]:
    """Return a DAG's arguments that report a late run; none where the environment has `"alerts": false`.

    That is for `airflow dags test`: in Airflow 3.3.1 it fails at the end of a run that has an alert.
    """
    if not environment.get("alerts", True):
        return {}
    stopped = SnsNotifier(**to(environment, "warning", "Run failed or late", ENDED_LATE))
    return deadline(seconds, to(environment, "critical", "Run late", LATE), stopped)


def outcome(environment: Json, before: list[BaseOperator]) -> None:
    """Add the group `notify`: a page for the first failure, and the task that a run's own state depends on.

    A run has the state of its last tasks. A page that was sent is a success, so `done` fails the run beside it.
    """
    with TaskGroup("notify"):
        page = SnsPublishOperator(
            task_id="page",
            trigger_rule="one_failed",
            retries=5,
            **to(environment, "critical", "Run failed", FAILED),
        )
        done = EmptyOperator(task_id="done", trigger_rule="none_failed")
    for task in before:
        task >> [page, done]
