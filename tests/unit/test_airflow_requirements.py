"""What the DAGs need of an Airflow, and the versions that their tests run with."""

import re

import pytest

from ingestion.settings import PROJECT

DAGS, LOCKS = PROJECT / "dags", PROJECT / "tests" / "airflow"
VERSIONS = ("3.0.6", "3.3.1")


def test_the_dags_need_providers_alone() -> None:
    lines = [line for line in (DAGS / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert lines
    assert [line for line in lines if not line.startswith("apache-airflow-providers-")] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_constraints_are_the_versions_of_the_tests(version: str) -> None:
    lock = (LOCKS / f"requirements-{version}.txt").read_text()
    pins = re.findall(r"^(\S+==\S+)", lock, re.MULTILINE)
    assert (DAGS / f"constraints-{version}.txt").read_text().splitlines() == pins, "run `make lock`"
    assert f"apache-airflow=={version}" in pins


def test_airflow_3_0_has_the_web_framework_that_its_tasks_start_with() -> None:
    pins = (DAGS / "constraints-3.0.6.txt").read_text().splitlines()
    assert {"fastapi==0.116.1", "starlette==0.47.3", "cadwyn==5.4.4"} <= set(pins)
