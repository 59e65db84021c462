"""Run commands by the DAGs' operator and print how each ended. Airflow's own Python runs it: `call.py FOLDER CASES`."""

import json
import signal
import sys

sys.path.insert(0, sys.argv[1])
from lakehouse_airflow.command import CommandOperator

if __name__ == "__main__":
    for number, (is_final, executable, *words) in enumerate(json.loads(sys.argv[2])):
        operator = CommandOperator(task_id=f"t{number}", command=words, executable=executable, is_final=is_final)
        signal.signal(signal.SIGTERM, lambda *_, it=operator: it.on_kill())  # as Airflow's task runner does
        try:
            operator.execute({})
            print("done")  # noqa: T201
        except Exception as error:  # noqa: BLE001
            print(f"{type(error).__name__}: {error}")  # noqa: T201
