from pathlib import Path

import pytest

from tests.airflow.installation import Airflow, installed


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of Airflow's environment."""
    return installed()


@pytest.fixture
def airflow(programs: Path, tmp_path: Path) -> Airflow:
    """An Airflow without a database."""
    return Airflow(programs, tmp_path)
