"""A lake on S3, emulated by moto in a process of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from dbt.adapters.lake import lease as leases
from dbt.adapters.lake.errors import LakeError, LakeLocked
from dbt.adapters.lake.folder import Folder
from dbt.adapters.lake.lease import Lease
from dbt.adapters.lake.session import open_lake

MODEL = """
    {{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns') }}
    select id, '{{ target.name }}' as name {% if is_incremental() %}, 1 as added{% endif %} from range(3)
    """


@pytest.fixture(scope="module")
def s3() -> Iterator[BaseClient]:
    """A client of an S3 with the bucket `shop`; the environment points at it."""
    moto = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], stderr=subprocess.PIPE, text=True
    )
    try:
        address = next(found[0] for line in moto.stderr or [] if (found := re.search(r"http://[\d.:]+", line)))
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                patch.delenv(name)
            patch.setenv("AWS_ENDPOINT_URL", address)
            patch.setenv("AWS_ALLOW_HTTP", "true")
            patch.setenv("AWS_ACCESS_KEY_ID", "any")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "any")
            patch.setenv("AWS_REGION", "us-east-1")
            patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
            client = boto3.client("s3")
            client.create_bucket(Bucket="shop")
            yield client
    finally:
        moto.kill()
        moto.wait()


def test_a_lake_on_s3_is_built_read_and_built_again(project: Any, s3: BaseClient, new_process: Any) -> None:
    project.configure(root="s3://shop/some/lake")
    project.write(merged=MODEL, view="{{ config(materialized='view') }} select count(*) as n from {{ ref('merged') }}")
    for _ in range(2):
        outcome = project.dbt("build")
        assert outcome.ok, outcome.error
        new_process()
    lake = open_lake("s3://shop/some/lake", lock="gold")
    assert lake.sql("select n from gold.view").to_pylist() == [{"n": 3}]
    assert lake.sql("select max(added) as added from gold.merged").to_pylist() == [{"added": 1}]
    lake.sql("drop table gold.merged")
    lake.close()
    left = s3.list_objects_v2(Bucket="shop", Prefix="some/lake/gold/merged/_delta_log")
    assert left["KeyCount"] == 0


def test_a_second_build_on_s3_is_refused(project: Any, s3: BaseClient) -> None:
    project.configure(root="s3://shop/locked")
    project.write(one="select 1 as one")
    lease = Lease("shop", "locked/.locks/gold", "someone else")
    assert lease.attempt()
    error = project.dbt("build").error
    assert "someone else" in error
    assert "lock_timeout" in error
    lease.release()
    assert project.dbt("build").ok
    assert lease.holder() == "nobody any more"


def test_of_many_who_want_a_free_or_expired_lease_one_gets_it(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = (Lease("shop", "leases/gold", name) for name in ("first", "second", "third"))
    assert first.attempt()
    assert not second.attempt()
    assert second.holder() == "first"
    first.confirm()
    monkeypatch.setattr(leases, "EXPIRY", -1.0)
    assert second.attempt()
    with pytest.raises(LakeLocked, match="held by second"):
        first.confirm()
    monkeypatch.setattr(leases, "EXPIRY", 60.0)
    first.release()
    assert third.holder() == "second"
    assert not third.attempt()
    second.release()


def test_a_lease_lives_on_while_it_is_renewed(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEWAL", 0.01)
    lease = Lease("shop", "renewed/gold", "first")
    assert lease.attempt()
    before = s3.head_object(Bucket="shop", Key="renewed/gold")["ETag"]
    s3.get_waiter("object_exists").wait(
        Bucket="shop", Key="renewed/gold", IfNoneMatch=before, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    lease.release()
    assert lease.holder() == "nobody any more"


def test_a_bucket_that_is_not_there_is_told(s3: BaseClient) -> None:
    with pytest.raises(LakeError, match="bucket"):
        Folder("s3://nowhere/lake")
