"""An operator that runs a step as an ECS task."""

from typing import Any

from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from airflow.sdk import Context

from lakehouse_airflow.versions import AirflowException, AirflowFailException


class EcsStepOperator(EcsRunTaskOperator):
    """Repeats a task that ECS could not start; one that began and failed only where the step may be repeated."""

    def __init__(self, *, is_final: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.is_final = is_final

    def execute(self, context: Context) -> Any:
        """Run the task to its end."""
        try:
            return super().execute(context)
        except AirflowException as error:  # what ECS does not start is no AirflowException
            if self.is_final:
                raise AirflowFailException(str(error)) from error
            raise
