"""Athena offline: Trino on the emulated S3 and Glue, and the gateway before it.

By hand, beside `lakehouse up`: `eval "$(lakehouse env)"; python -m tests.engines.athena.stack` prints the variable by
which `dbt --target athena` and the AWS tools find it, and runs until Ctrl-C.
"""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

from devstack.catalog import ACCOUNT
from tests.engines.athena import gateway
from tests.engines.athena.server import running
from tests.engines.athena.statements import Statements
from tests.engines.athena.trino import Trino
from tests.engines.bringing import installed


@contextmanager
def athena(folder: Path, endpoint: str) -> Iterator[tuple[Trino, str]]:
    """Start Trino and the gateway on moto's S3 and Glue; yields Trino, and Athena's address (AWS_ENDPOINT_URL_ATHENA).

    Args:
        folder: takes settings, data and logs.
        endpoint: moto's address.

    Raises:
        NotInstalled: no Trino, and it could not be brought.
    """
    trino_home = installed("athena")
    account = {"key": ACCOUNT["AWS_ACCESS_KEY_ID"], "secret": ACCOUNT["AWS_SECRET_ACCESS_KEY"]}
    access: dict[str, Any] = {
        "endpoint_url": endpoint,
        "region_name": ACCOUNT["AWS_REGION"],
        "aws_access_key_id": account["key"],
        "aws_secret_access_key": account["secret"],
    }
    s3, glue = boto3.resource("s3", **access), boto3.client("glue", **access)
    with (
        running(trino_home, folder / "trino", endpoint, account, s3, glue) as server,
        gateway.serving(Statements(server, glue), urlsplit(endpoint).port or 80) as address,
    ):
        yield server, address


def main() -> None:
    """Run until Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder, athena(Path(folder), os.environ["AWS_ENDPOINT_URL"]) as (_, address):
        print(f"export AWS_ENDPOINT_URL_ATHENA={address}", flush=True)  # noqa: T201
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
