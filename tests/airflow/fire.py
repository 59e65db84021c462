"""Send the message of a DAG's deadline as the triggerer does. Airflow's own Python runs it: `fire.py FOLDER DAG`."""

import asyncio
import importlib
import sys

sys.path.insert(0, sys.argv[1])


async def fire(callback: object) -> None:
    """Run a callback as a trigger, until it reports its end."""
    from airflow.triggers.callback import CallbackTrigger

    # what the scheduler hands on of a run, in Airflow 3.1 to 3.3
    context = {"dag_run": {"dag_id": sys.argv[2], "dag_run_id": "tonight"}}
    trigger = CallbackTrigger(callback.path, {**callback.kwargs, "context": context})
    print([event.payload async for event in trigger.run()])  # noqa: T201


if __name__ == "__main__":
    dag = importlib.import_module(sys.argv[2]).dag
    for alert in getattr(dag, "deadline", None) or []:
        asyncio.run(fire(alert.callback))
