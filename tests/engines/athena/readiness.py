"""The wait for a Trino that runs queries over tables.

Trino answers `select 1` on its own, seconds before a node with its catalogues is known to it: queries over tables fail
until then with NO_NODES_AVAILABLE. So the wait ends when a table of its own was written and read.
"""

import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tenacity

from tests.engines.athena.trino import Failed, Trino

PATIENCE_S = 600


def await_ready(trino: Trino, process: "subprocess.Popen[bytes]", log: Path, s3: Any, glue: Any) -> None:
    """Return once a node has written and read an Iceberg table; nothing of it stays.

    Args: s3, glue: boto3's resource and client of what Trino stands on. Raises RuntimeError where Trino has ended, and
    Failed or OSError, Trino's last answer, after PATIENCE_S.
    """
    with _place(s3, glue) as name:
        table = f"iceberg.{name}.probe"

        def probe() -> None:
            if process.poll() is not None:
                raise RuntimeError(f"Trino ended with {process.returncode}, see {log}:\n{log.read_text()[-2000:]}")
            trino.ask(f"create table if not exists {table} with (location = 's3://{name}/probe') as select 1 as n")
            trino.ask(f"select sum(n) from {table}")

        tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((OSError, Failed)),
            wait=tenacity.wait_fixed(0.3),
            stop=tenacity.stop_after_delay(PATIENCE_S),
            reraise=True,
        )(probe)
        trino.ask(f"drop table {table}")


@contextmanager
def _place(s3: Any, glue: Any) -> Iterator[str]:
    """A bucket and a database of one name, which are deleted at the end."""
    name = f"readiness{uuid.uuid4().hex[:8]}"
    bucket = s3.create_bucket(Bucket=name)
    glue.create_database(DatabaseInput={"Name": name})
    try:
        yield name
    finally:
        glue.delete_database(Name=name)
        bucket.objects.all().delete()
        bucket.delete()
