"""Loads of several machines on one lake in S3: processes with homes of their own, kept apart by DynamoDB leases."""

import os
import subprocess
import sys
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import boto3
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from devstack.generator import Demo
from ingestion.bronze.delta.storage import storage_options
from ingestion.bronze.errors import ConcurrentLoad
from ingestion.settings import Settings
from ingestion.sources import load_sources

pytestmark = pytest.mark.commands

LAKEHOUSE = Path(sys.executable).with_name("lakehouse")
MACHINES = 3
SOURCES = ("postgres", "redshift", "kafka", "vendor_files")
"""One of each kind of commit: windows, large windows, offsets, objects."""
TABLES = [f"{name}.{table.name}" for name in SOURCES for table in load_sources()[name].tables]


@dataclass
class Machine:
    """A home of its own, with the same sources and the same lake as the others."""

    home: Path
    root: str

    @classmethod
    def at(cls, home: Path, root: str, services: Settings) -> "Machine":
        home.mkdir()
        (home / "services").symlink_to(services.services)
        return cls(home, root)

    def start(self, loads: list[str]) -> subprocess.Popen[str]:
        own = {
            "LAKEHOUSE_HOME": str(self.home),
            "LAKEHOUSE_ROOT": self.root,
            "LAKEHOUSE_CATALOG": "none",
            "LAKEHOUSE_LEASES": "dynamodb:machines",
            "DLT_DATA_DIR": str(self.home / "dlt"),
        }
        command = [LAKEHOUSE, "ingest", *loads]
        return subprocess.Popen(
            command, env=os.environ | own, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    def load(self, loads: list[str]) -> None:
        ran = self.start(loads)
        _, said = ran.communicate()
        assert ran.returncode == 0, said


@pytest.fixture
def roots(demo: Demo) -> list[str]:
    """Two empty lakes."""
    bucket = f"machines-{uuid.uuid4()}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    return [f"s3://{bucket}/{name}" for name in ("together", "alone")]


def row_counts(root: str) -> dict[str, Counter[str]]:
    """Bronze table -> row id -> how often the table holds it."""
    tables = [table.replace(".", "__").lower() for table in TABLES]
    return {table: Counter(column(root, table, "_row_id")) for table in tables}


def column(root: str, table: str, name: str) -> list[str]:
    held = DeltaTable(f"{root}/bronze/{table}", storage_options=storage_options())
    return pa.table(held.to_pyarrow_table(columns=[name]))[name].to_pylist()


def test_machines_that_load_the_same_tables_at_once_lose_and_double_nothing(
    roots: list[str], services: Settings, tmp_path: Path
) -> None:
    together, alone = roots
    machines = [Machine.at(tmp_path / f"machine-{number}", together, services) for number in range(MACHINES)]
    # each table is loaded by two machines: one of them waits, finds nothing new, or is refused
    shares = [[*TABLES[number::MACHINES], *TABLES[(number + 1) % MACHINES :: MACHINES]] for number in range(MACHINES)]
    started = [machine.start(share) for machine, share in zip(machines, shares, strict=True)]
    ended = [(run.communicate()[1], run.returncode) for run in started]
    assert {code for _, code in ended} <= {0, ConcurrentLoad.exit_code}, ended
    Machine.at(tmp_path / "alone", alone, services).load(TABLES)

    # the demo's sources send some rows twice: equal counts of each row, not one of each
    held, expected = row_counts(together), row_counts(alone)
    assert all(held.values())
    assert {name for name in held if held[name] != expected[name]} == set()
    assert sorted(column(together, "loads", "table_name")) == sorted(column(alone, "loads", "table_name"))
