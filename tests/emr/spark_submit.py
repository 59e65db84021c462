"""The job of EMR Serverless under spark-submit of Apache Spark, with the files and parameters of `lakehouse submit`.

As EMR does, the archive of the environment is unpacked as `environment` where the driver starts, and variables of
`spark.emr-serverless.driverEnv` are the driver's. Spark's master, its memory, and the places of its catalog are this
machine's.
"""

import os
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from operations.emr.package import ENVIRONMENT, SCRIPT
from operations.emr.spark import DRIVER_ENV, parameters
from tests.engines.engine import OURS
from tests.engines.spark_server import JVM, SETTINGS


@dataclass(frozen=True)
class Cluster:
    """The parts of every job: Spark, its files, and the settings of a lake."""

    spark_home: Path
    files: Path
    """The files that operations/emr/package.py made."""
    environment: Mapping[str, str]

    def submit(self, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the job to its end on a worker of its own: an empty folder, which is made."""
        folder.mkdir()
        with tarfile.open(self.files / ENVIRONMENT) as archive:
            archive.extractall(folder / "environment", filter="data")
        settings = self.settings(folder)
        spark = [
            word
            for name, value in settings.items()
            if not name.startswith(DRIVER_ENV)
            for word in ("--conf", f"{name}={value}")
        ]
        driver = {
            name.removeprefix(DRIVER_ENV): value for name, value in settings.items() if name.startswith(DRIVER_ENV)
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith((*OURS, "PYTHON"))}
        return subprocess.run(
            [
                self.spark_home / "bin" / "spark-submit",
                *spark,
                "--driver-java-options",
                " ".join(JVM[1:]),
                self.files / SCRIPT,
                *words,
            ],
            cwd=folder,
            env={**others, **driver, "SPARK_HOME": str(self.spark_home), "SPARK_LOCAL_IP": "127.0.0.1"},
            capture_output=True,
            text=True,
        )

    def settings(self, folder: Path) -> dict[str, str]:
        """Return Spark's settings: those of a job, and those of this machine."""
        here = {
            **{name: value for name, value in SETTINGS.items() if "connect" not in name},
            "spark.jars": "",  # on the class path
            "spark.driver.memory": "1200m",
            "spark.sql.warehouse.dir": f"{folder}/warehouse",
            "spark.local.dir": f"{folder}/scratch",
            "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={folder}/catalog;create=true",
        }
        text = parameters(lambda name: str(self.files / name), self.environment, here)
        return dict(one.split("=", 1) for one in text.removeprefix("--conf ").split(" --conf "))
