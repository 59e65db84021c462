"""The vendors' drop and that of DMS, S3 buckets: what differs is put there, what doesn't belong there is removed."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config

from devstack.generator.files import File
from devstack.generator.timeline import SECOND
from devstack.moto import DELIVERED

BUCKET_URL = "SOURCES__VENDOR_FILES__BUCKET_URL"
CHANGES_URL = "SOURCES__CDC__BUCKET_URL"


def s3(addresses: Mapping[str, str]) -> Any:
    """A client of the local S3, whatever else the environment says."""
    return boto3.client(
        "s3",
        endpoint_url=addresses["AWS_ENDPOINT_URL"],
        aws_access_key_id=addresses["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=addresses["AWS_SECRET_ACCESS_KEY"],
        region_name=addresses["AWS_REGION"],
        config=Config(connect_timeout=5, retries={"max_attempts": 2}, proxies={}),
    )


def fill(addresses: Mapping[str, str], files: Sequence[File], url: str = BUCKET_URL) -> int:
    """Make the bucket that `url` names hold exactly these files; returns how many. Raises botocore's errors."""
    client, bucket = s3(addresses), addresses[url].removeprefix("s3://")
    held = _held(client, bucket)
    for file in files:
        tag = hashlib.md5(file.data, usedforsecurity=False).hexdigest()
        if held.pop(file.key, None) != tag:
            delivered = datetime.fromtimestamp(file.delivered // SECOND, UTC).isoformat()
            client.put_object(Bucket=bucket, Key=file.key, Body=file.data, Metadata={DELIVERED: delivered})
    for key in held:
        client.delete_object(Bucket=bucket, Key=key)
    return len(files)


def _held(client: Any, bucket: str) -> dict[str, str]:
    """Key -> ETag of every object there is."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {entry["Key"]: entry["ETag"].strip('"') for page in pages for entry in page.get("Contents", ())}
