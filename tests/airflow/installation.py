"""Apache Airflow in an environment of its own, without this project in it: DAGs parsed, and DAGs run."""

import json
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from ingestion.settings import PROJECT

HERE = Path(__file__).parent
DAGS = PROJECT / "dags"


def installed() -> Path:
    """Return the folder of Airflow's environment; makes it first. The version is that of $AIRFLOW."""
    made = subprocess.run([HERE / "install"], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return Path(made.stdout.strip())


@dataclass(frozen=True)
class Ran:
    """A run of a DAG that has ended."""

    state: str
    tasks: Mapping[str, str]
    """State by task."""
    tries: Mapping[str, int]
    printed: str


@dataclass(frozen=True)
class Airflow:
    """An Airflow with a database of its own."""

    programs: Path
    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def python(self, *words: str | Path, environment: Mapping[str, Any]) -> str:
        """Run Airflow's Python in an environment.json; returns what it printed to stdout."""
        ended = self._run([self.programs / "bin" / "python", *words], environment)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def version(self) -> str:
        """Return Airflow's version."""
        return self.python("-c", "import airflow; print(airflow.__version__)", environment={}).split()[-1]

    def migrate(self) -> None:
        """Make the database."""
        ended = self._run([self.programs / "bin" / "airflow", "db", "migrate"], {})
        assert ended.returncode == 0, ended.stderr

    def run(self, dag: str, environment: Mapping[str, Any], **parameters: Any) -> Ran:
        """Run a DAG to its end, by `airflow dags test`."""
        words = ["dags", "test", dag, "--conf", json.dumps(parameters)]
        before = self._ask("select max(id) from dag_run")[0][0] or 0
        # scheduler and workers put the folder of DAGs on Python's path; `dags test` of 3.0.6 does not
        ended = self._run([self.programs / "bin" / "airflow", *words], environment, PYTHONPATH=str(DAGS))
        printed = ended.stdout + ended.stderr
        runs = self._ask("select run_id, state from dag_run where id > ?", before)
        assert len(runs) == 1, printed[-6000:]
        [(run_id, state)] = runs
        rows = self._ask("select task_id, state, try_number from task_instance where run_id = ?", run_id)
        return Ran(state, {name: of for name, of, _ in rows}, {name: tries for name, _, tries in rows}, printed)

    def _ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home / "airflow.db")) as database:
            return database.execute(question, values).fetchall()

    def environment(self) -> dict[str, str]:
        """Variables of Airflow's processes."""
        return {
            # setpriv is there; nothing of this project is on it, nor on PYTHONPATH
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.home),
            "TMPDIR": gettempdir(),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "LAKEHOUSE_AIRFLOW_ENVIRONMENT": str(self.home / "environment.json"),
            **self.variables,
        }

    def _run(
        self, command: list[str | Path], environment: Mapping[str, Any], **variables: str
    ) -> subprocess.CompletedProcess[str]:
        (self.home / "environment.json").write_text(json.dumps(environment))
        return subprocess.run(
            command, cwd=self.home, env={**self.environment(), **variables}, capture_output=True, text=True
        )
