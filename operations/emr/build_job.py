"""The job of a build on EMR Serverless: spark-submit starts this file on the driver.

The environment's Python runs it, so dbt is there, and Spark's own Python comes with Spark. It unpacks the project and
the wheel that Spark brought (`spark.files`) into one folder, laid out like the repository, and builds from there.

    exit code   0 done, 1 a node failed, 2 dbt could not go on
"""

import os
import sys
import tarfile
import zipfile
from pathlib import Path

PROJECT_FILE, WHEEL_FILE = "project.tar.gz", "lakehouse.whl"


def unpack(project: Path, wheel: Path, folder: Path) -> None:
    """Lay the project and the packages of the wheel into a folder."""
    with tarfile.open(project) as archive:
        archive.extractall(folder, filter="data")
    with zipfile.ZipFile(wheel) as packages:
        packages.extractall(folder)  # noqa: S202 (made by package.py)


def main() -> int:
    """Build with the driver's session; returns the exit code."""
    from pyspark import SparkFiles
    from pyspark.sql import SparkSession

    session = SparkSession.builder.enableHiveSupport().getOrCreate()
    folder = Path.cwd() / "project"
    unpack(Path(SparkFiles.get(PROJECT_FILE)), Path(SparkFiles.get(WHEEL_FILE)), folder)
    sys.path.insert(0, str(folder))
    os.chdir(folder)  # where dbt looks for its project and profiles

    from operations.emr.build import build

    try:
        return build(session, sys.argv[1:])
    finally:
        session.stop()


if __name__ == "__main__":
    sys.exit(main())
