"""Names and features that Airflow 3.0 spells otherwise than later versions, or lacks."""

from datetime import timedelta
from typing import Any

from airflow.providers.amazon.aws.notifications.sns import SnsNotifier

try:
    from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
except ImportError:
    from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException

try:
    from airflow.sdk.definitions.deadline import AsyncCallback, DeadlineAlert, DeadlineReference
except ImportError:
    DeadlineAlert = None

__all__ = ["AirflowException", "AirflowFailException", "AirflowSkipException", "deadline"]


def deadline(seconds: int, message: dict[str, Any], on_failure: SnsNotifier) -> dict[str, Any]:
    """Return a DAG's arguments that report a run which goes on after its deadline.

    From Airflow 3.1 on, the triggerer sends `message` and the run goes on. Airflow 3.0 has no such alert: there the run
    fails at its deadline, and `on_failure` reports that.
    """
    interval = timedelta(seconds=seconds)
    if DeadlineAlert is None:
        return {"dagrun_timeout": interval, "on_failure_callback": on_failure}
    alert = DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, interval, AsyncCallback(SnsNotifier, kwargs=message))
    return {"deadline": alert}
