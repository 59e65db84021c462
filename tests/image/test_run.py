"""The image at work: a whole run on S3 with a read-only root file system, and its Lambda functions.

Systems and clouds are emulated, outside of the container.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from deltalake import DeltaTable

from devstack import services, startup
from ingestion.settings import PROJECT, Settings
from operations.publishing.snowflake_session import session
from tests.image.container import Container
from tests.image.test_image import USER
from tests.integration.lambda_runtime import Command, started

pytestmark = pytest.mark.image

LAMBDA_USER = "993:990"
"""Lambda's own; any that isn't the image's."""
REPARSED = "Unable to do partial parsing"
"""dbt's line where it parses a project from the beginning."""


@dataclass(frozen=True)
class Emulated:
    """Emulated systems with the demo's data."""

    settings: Settings
    variables: dict[str, str]


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAKEHOUSE_HOME", str(tmp_path_factory.mktemp("systems")))
        settings = Settings.load()
        try:
            startup.up(settings)
            fill = ["demo-data", "--scale", "0.02", "--days", "30", "--as-of", "2026-10-15"]
            subprocess.run([Path(sys.executable).with_name("lakehouse"), *fill], cwd=PROJECT, check=True)
            found = services.environment(settings)
            for name, value in found.items():
                patch.setenv(name, value)
            boto3.client("s3").create_bucket(Bucket="lake")
            own = {"LAKEHOUSE_ROOT": "s3://lake/lake", "LAKEHOUSE_ENVIRONMENT": "local"}
            outside = ("LAKEHOUSE_HOME", "DLT_DATA_DIR")
            yield Emulated(settings, {name: value for name, value in found.items() if name not in outside} | own)
        finally:
            services.down(settings)


@pytest.fixture
def home(emulated: Emulated, tmp_path: Path) -> Path:
    """A volume of the image's user that knows where the emulated systems are."""
    folder = tmp_path / "home"
    (folder / "services").mkdir(parents=True)
    shutil.copytree(emulated.settings.services / "pids", folder / "services" / "pids")
    for name in ("ports.json", "clock"):
        shutil.copy(emulated.settings.services / name, folder / "services" / name)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, USER, USER)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    return folder


def test_a_whole_run_on_s3_ends_with_a_published_copy(
    emulated: Emulated, home: Path, lakehouse: Container, figure: Callable[[str], None]
) -> None:
    ran = lakehouse.run("run", home=home, **emulated.variables)
    assert ran.returncode == 0, ran.stderr[-4000:]
    with session() as ask:
        [copied] = ask("select count(*) as rows from GOLD.FACT_SALES")
    in_lake = DeltaTable("s3://lake/lake/gold/fact_sales", storage_options=storage(emulated)).to_pyarrow_table()
    assert copied["rows"] == in_lake.num_rows > 0
    # the project was parsed when the image was built
    build, _, _ = (home / "logs" / "dbt.log").read_text().partition("run-operation")
    assert "dbt build" in build
    assert REPARSED not in build
    [record] = (json.loads(path.read_text()) for path in (home / "runs").iterdir())
    figure(f"image: a whole run on S3, read-only, in {record['seconds']:.0f} s")


def storage(emulated: Emulated) -> dict[str, str]:
    return {name: value for name, value in emulated.variables.items() if name.startswith("AWS_")}


def test_its_function_answers_as_lambda_runs_it(
    emulated: Emulated, lakehouse: Container, figure: Callable[[str], None]
) -> None:
    """Another user, only /tmp writable, `python -m awslambdaric` as entry point."""

    def client(handler: str, variables: Mapping[str, str]) -> Command:
        return lakehouse.command(
            [handler], user=LAMBDA_USER, entrypoint=("python", "-m", "awslambdaric"), **dict(variables)
        )

    variables = {**emulated.variables, "LAKEHOUSE_HOME": "/tmp/lakehouse"}  # noqa: S108
    with started("operations.aws.fx.handler", variables, client) as function:
        answers = [function.invoke({}) for _ in range(2)]
    assert [answer.kind for answer in answers] == ["response", "response"], function.printed()
    cold, warm = (answer.seconds for answer in answers)
    figure(f"lambda: operations.aws.fx.handler: {cold:.1f} s from the process' start to its answer, {warm:.1f} s warm")
