"""A DAG as `dags.json` defines it: a TaskGroup for each step, a task for each of its sources, and the messages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from airflow.sdk import DAG, BaseOperator, Context, TaskGroup

from lakehouse_airflow import notify
from lakehouse_airflow.definitions import definition, environment
from lakehouse_airflow.parameters import parameters
from lakehouse_airflow.runtimes import operator
from lakehouse_airflow.versions import AirflowSkipException
from lakehouse_airflow.words import words

Json = Mapping[str, Any]


def lakehouse_dag(dag_id: str, doc: str | None) -> DAG | None:
    """Return the DAG; None where the environment has no source that it loads."""
    known, place = definition(dag_id), environment()
    sources = [source for source in known["sources"] or place["sources"] if source in place["sources"]]
    if not sources:
        return None
    offered = parameters(known["parameters"], place["environment"], sources)
    with DAG(
        dag_id,
        description=known["description"],
        doc_md=doc,
        schedule=known.get("cron"),
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        max_active_tasks=place["parallel"],
        params=offered,
        # a command is a list, see words.py
        render_template_as_native_obj=True,
        default_args={
            "owner": "lakehouse",
            "retry_delay": timedelta(seconds=10),
            "retry_exponential_backoff": True,
            "on_failure_callback": notify.on_task_failure(place),
        },
        tags=["lakehouse"],
        **notify.at_deadline(place, known["deadline_s"]),
    ) as dag:
        steps = [step for step in known["steps"] if step["name"] != "publish" or place["publish"]]
        tasks: dict[str, list[BaseOperator]] = {}
        for step in steps:
            tasks[step["name"]] = _group(place, step, sources, offered)
            for before in step["after"]:
                for task in tasks[before]:
                    task >> tasks[step["name"]]
        notify.outcome(place, [task for group in tasks.values() for task in group])
    return dag


def _group(place: Json, step: Json, sources: Sequence[str], offered: Json) -> list[BaseOperator]:
    each: Sequence[str | None] = [None]
    if step.get("for_each"):
        each = [load for load in place["loads"] if _source(load) in sources] if step["by_load"] else sources
    with TaskGroup(step["group"]):
        return [
            operator(
                place,
                step,
                words(step, source, offered),
                task_id=source or step["name"],
                trigger_rule=step["trigger_rule"],
                pre_execute=_only_if_chosen(source, step["flag"]),
            )
            for source in each
        ]


def _only_if_chosen(source: str | None, flag: str | None) -> Callable[[Context], None]:
    return partial(_skip_unless_chosen, source=source, flag=flag)


def _skip_unless_chosen(context: Context, *, source: str | None, flag: str | None) -> None:
    """Skip a task whose source or feature the run's parameters leave out."""
    params = context["params"]
    if source and _source(source) not in params.get("sources", [_source(source)]):
        raise AirflowSkipException(f"the parameter sources leaves {source} out")
    if flag and not params["features"][flag]:
        raise AirflowSkipException(f"the parameter features.{flag} is false")


def _source(load: str) -> str:
    return load.partition(".")[0]
