"""The lock on S3: an object put on condition, which its owner renews and everyone may take once it has expired."""

import json
import threading
import time
import uuid
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from dbt.adapters.events.logging import AdapterLogger
from dbt.adapters.lake.errors import LakeLocked

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = AdapterLogger("Lake")
EXPIRY = 60.0
"""Seconds after which a lease that nobody renewed is free. Only S3's clock counts, never a machine's."""
RENEWAL = 15.0
"""Seconds between renewals."""
BEATEN = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404", "409", "412"}


class Lease:
    """One lease; see `dbt.adapters.lake.lock.Lock` for what its methods promise."""

    def __init__(self, bucket: str, key: str, owner: str) -> None:
        self._bucket, self._key = bucket, key
        self._owner = owner
        self._client: S3Client = boto3.client("s3")
        self._etag = ""
        self._renewed = 0.0
        self._released = threading.Event()
        self._renewing: threading.Thread | None = None

    def __str__(self) -> str:
        return f"s3://{self._bucket}/{self._key}"

    def attempt(self) -> bool:
        """Take it if it is free or expired, and keep it renewed in the background."""
        found = self._look()
        if found and found["owner"] and found["age"] < EXPIRY:
            return False
        if not self._put({"IfMatch": found["etag"]} if found else {"IfNoneMatch": "*"}, self._owner):
            return False
        self._released.clear()
        self._renewing = threading.Thread(target=self._renew, name="lake-lease", daemon=True)
        self._renewing.start()
        return True

    def holder(self) -> str:
        """Return the holder, for people."""
        found = self._look()
        return str(found["owner"]) if found and found["owner"] else "nobody any more"

    def confirm(self) -> None:
        """Raise `LakeLocked` unless it was renewed within its expiry."""
        if time.monotonic() - self._renewed > EXPIRY:
            raise LakeLocked(f"this build lost its lease {self}, now held by {self.holder()}: nothing more is written")

    def release(self) -> None:
        """Mark it free, if it is still ours."""
        self._released.set()
        if self._renewing:
            self._renewing.join()  # a renewal under way would change the object after we looked
        self._put({"IfMatch": self._etag}, "")

    def _look(self) -> dict[str, Any] | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key)
        except self._client.exceptions.NoSuchKey:
            return None
        now: datetime = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        age = (now - answer["LastModified"]).total_seconds()
        return {"owner": json.loads(answer["Body"].read())["owner"], "age": age, "etag": answer["ETag"]}

    def _put(self, condition: dict[str, Any], owner: str) -> bool:
        """Write on condition; the nonce keeps two renewals from looking alike to someone who read before."""
        body = json.dumps({"owner": owner, "nonce": uuid.uuid4().hex})
        try:
            answer = self._client.put_object(Bucket=self._bucket, Key=self._key, Body=body.encode(), **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] in BEATEN:
                return False
            raise
        self._etag, self._renewed = answer["ETag"], time.monotonic()
        return True

    def _renew(self) -> None:
        while not self._released.wait(RENEWAL):
            try:
                if not self._put({"IfMatch": self._etag}, self._owner):
                    self._renewed = float("-inf")
                    return
            except (BotoCoreError, ClientError) as error:
                logger.warning(f"the lease {self} could not be renewed, trying again: {error}")
