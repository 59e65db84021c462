"""The parameters of spark-submit for a build, which stand once.

`lakehouse submit` and the state machine (infra/modules/orchestration, by spark.json) use them. `{name}` stands for the
address of a file of operations/emr/package.py.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from operations.emr.build_job import PROJECT_FILE, WHEEL_FILE
from operations.emr.package import ENVIRONMENT, SCRIPT

FILE = re.compile(r"\{([\w.]+)\}")
PYTHON = "./environment/bin/python"
DRIVER_ENV = "spark.emr-serverless.driverEnv."
SETTINGS = {
    # of the release; the path under emr-spark-8.0.0 is that of the documentation
    "spark.jars": "/usr/share/aws/delta/lib/delta-spark.jar,/usr/share/aws/delta/lib/delta-storage.jar",
    "spark.archives": f"{{{ENVIRONMENT}}}#environment",
    "spark.files": f"{{{PROJECT_FILE}}},{{{WHEEL_FILE}}}",
    "spark.sql.catalogImplementation": "hive",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.hadoop.hive.metastore.client.factory.class": (
        "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory"
    ),
    "spark.hadoop.hive.metastore.disallow.incompatible.col.type.changes": "false",
    f"{DRIVER_ENV}PYSPARK_DRIVER_PYTHON": PYTHON,
    f"{DRIVER_ENV}PYSPARK_PYTHON": PYTHON,
    "spark.executorEnv.PYSPARK_PYTHON": PYTHON,
    f"{DRIVER_ENV}LAKEHOUSE_LOG_FORMAT": "json",
}


def job() -> dict[str, Any]:
    """Return what the state machine needs of a job, as JSON values."""
    return {"entry_point": f"{{{SCRIPT}}}", "settings": SETTINGS}


def parameters(
    address: Callable[[str], str], environment: Mapping[str, str], changed: Mapping[str, str] | None = None
) -> str:
    """Return the parameters of spark-submit.

    Args:
        address: the address of a file of the job, by name.
        environment: the driver's variables.
        changed: settings of Spark that replace or join those of SETTINGS.

    Raises ValueError for a value with a space, at which EMR cuts the line.
    """
    variables = {f"{DRIVER_ENV}{name}": value for name, value in environment.items()}
    settings: dict[str, str] = SETTINGS | variables | dict(changed or {})
    found = {name: FILE.sub(lambda place: address(str(place[1])), value) for name, value in settings.items()}
    for name, value in found.items():
        if re.search(r"\s", value):
            raise ValueError(f"{name} is {value!r}: expected a value without a space; EMR Serverless cuts there")
    return " ".join(f"--conf {name}={value}" for name, value in found.items())
