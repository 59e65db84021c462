"""All that a load imports: the fork server has it before it forks a victim, which so costs no start of its own."""

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

for name in (
    "pytest",
    "pandas",
    "boto3",
    "botocore.client",
    "dlt",
    "dlt.pipeline.exceptions",
    "dlt.extract.extract",
    "dlt.normalize.normalize",
    "dlt.load.load",
    "dlt.destinations",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "adbc_driver_postgresql.dbapi",
    "ingestion.bronze.destination",
    "ingestion.bronze.load",
    "ingestion.bronze.leases.dynamodb",
    "ingestion.bronze.quarantine.replay",
    "ingestion.sources.cdc",
    "ingestion.sources.kafka",
    "ingestion.sources.postgres",
    "ingestion.sources.vendor_files",
    "tests.faults.ahead",
    "tests.faults.full_reads",
    "tests.faults.kinds",
    "tests.faults.victims",
):
    importlib.import_module(name)
