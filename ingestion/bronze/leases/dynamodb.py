"""Leases in a DynamoDB table: conditional writes, one item for each table of the lake.

    address   S   key: the Delta table's address      token    N   grows with each holder, never goes back
    holder    S   who holds it; missing: nobody       expires  N   milliseconds since 1970, by the holder's clock
    place     S   the machine and folder of the holder's own lock

A holder renews it while it runs. One that doesn't is taken over when it expires, with a higher token, which goes into
the table's log before anything else (`txn <app>/fence`), so that whoever was taken for dead can't commit any more.
Losing the DynamoDB table loses nothing: it is made anew, and its tokens start above those in the logs.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import structlog
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ingestion.bronze.errors import ConcurrentLoad, LeaseLost, LeaseUnavailable
from ingestion.instants import from_ms

log = structlog.get_logger()

SECONDS = 60.0
"""Time that a lease holds without being renewed; it is renewed three times as often."""
REST = 10.0
"""Seconds in which nobody asks again after nothing answered: a run's other tables fail at once."""
_FREE = "attribute_not_exists(holder) OR expires < :now OR place = :place"
_OURS = "holder = :holder AND #token = :token"
_REFUSED = "ConditionalCheckFailedException"


@lru_cache(maxsize=8)
def _table(name: str, endpoint: str | None) -> "LeaseTable":
    patience = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "max_attempts": 3})
    return LeaseTable(name, Session().client("dynamodb", config=patience))


class LeaseTable:
    """The DynamoDB table; threads may share it."""

    def __init__(self, name: str, dynamodb: Any) -> None:
        self.name = name
        self._dynamodb = dynamodb
        self._silent: tuple[float, BotoCoreError] | None = None

    @classmethod
    def of(cls, name: str) -> "LeaseTable":
        """The table of this name at the endpoint in force."""
        return _table(name, os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL"))

    @contextmanager
    def hold(self, address: str, place: str) -> Iterator["TableLease"]:
        """Hold a lease and renew it until the block ends; raises ConcurrentLoad, LeaseUnavailable."""
        held = TableLease(self, address, f"process {os.getpid()} on {socket.gethostname()}")
        held.take(place)
        beat = threading.Thread(target=held.renew_until_ended, name=f"lease {address}", daemon=True)
        beat.start()
        try:
            yield held
        finally:
            held.ended.set()
            beat.join()  # a renewal after the release would bring the lease back
            held.give_back()

    def update(self, address: str, change: str, condition: str, **values: str | int) -> dict[str, Any]:
        """One conditional write; returns the item as it was before. Raises ClientError where it was refused."""
        names = {"#token": "token"} if "#token" in change + condition else {}
        request = {
            "TableName": self.name,
            "Key": {"address": {"S": address}},
            "UpdateExpression": change,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {f":{name}": _attribute(value) for name, value in values.items()},
            "ReturnValues": "ALL_OLD",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **({"ExpressionAttributeNames": names} if names else {}),
        }
        try:
            answer = self._dynamodb.update_item(**request)
        except self._dynamodb.exceptions.ResourceNotFoundException:
            self.make()
            answer = self._dynamodb.update_item(**request)
        except BotoCoreError as error:
            self._silent = time.monotonic(), error
            raise
        return dict(answer.get("Attributes", {}))

    def check(self) -> None:
        """Raise again what the last seconds' request for any table raised, if nothing answered it."""
        if self._silent and time.monotonic() < self._silent[0] + REST:
            raise self._silent[1]

    def make(self) -> None:
        """Create the table and wait for it; whoever else does so at the same time is welcome."""
        try:
            self._dynamodb.create_table(
                TableName=self.name,
                AttributeDefinitions=[{"AttributeName": "address", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "address", "KeyType": "HASH"}],
                BillingMode="PAY_PER_REQUEST",
            )
        except ClientError as error:  # by its code: threads that share a client may each have made its exceptions
            if error.response["Error"]["Code"] != "ResourceInUseException":
                raise
        self._dynamodb.get_waiter("table_exists").wait(
            TableName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )

    def unavailable(self, error: Exception) -> LeaseUnavailable:
        """Return the error for a request that DynamoDB refuses."""
        return LeaseUnavailable(
            f"the DynamoDB table {self.name} (LAKEHOUSE_LEASES) at {self._dynamodb.meta.endpoint_url} gives no lease: "
            f"{error}; nothing was loaded. It needs dynamodb:UpdateItem, and CreateTable and DescribeTable if it is "
            "missing (key: address, a string). To load from one machine only, set LAKEHOUSE_LEASES=file"
        )


class TableLease:
    """One lease while it is held."""

    def __init__(self, table: LeaseTable, address: str, holder: str) -> None:
        self.token = 0
        self.taken_over = False
        self.ended = threading.Event()
        self._table, self._address, self._holder = table, address, holder
        self._until = 0.0
        self._lost: LeaseLost | None = None
        self._trouble = ""

    def take(self, place: str) -> None:
        """Take it if nobody holds it, if it has expired, or if its holder here is known to be dead."""
        begun = time.monotonic()
        change = "SET holder = :holder, place = :place, expires = :expires ADD #token :one"
        own: dict[str, str | int] = {
            "holder": self._holder,
            "place": place,
            "now": _now_ms(),
            "expires": _expiry_ms(),
            "one": 1,
        }
        try:
            self._table.check()
            before = self._table.update(self._address, change, _FREE, **own)
        except ClientError as error:
            raise self._held_by(error) from error
        except BotoCoreError as error:
            raise self._table.unavailable(error) from error
        self.token = int(before.get("token", {"N": "0"})["N"]) + 1
        self.taken_over = "holder" in before
        self._until = begun + SECONDS

    def outrank(self, fence: int) -> None:
        """A token above those in the log: the DynamoDB table may have been lost, or another holder came after us."""
        if fence <= self.token:
            return
        self._write("SET #token = :higher", higher=fence + 1)
        self.check()
        self.token = fence + 1

    def check(self) -> None:
        """Raises LeaseLost when someone took it over, and when it expired and can't be renewed."""
        if not self._lost and time.monotonic() > self._until:
            self._renew()
        if not self._lost and time.monotonic() > self._until:
            self._lost = LeaseLost(
                f"{self._address}: its lease could not be renewed in time ({self._trouble})" + _AGAIN
            )
        if self._lost:
            raise self._lost

    def renew_until_ended(self) -> None:
        """In a thread of its own: reading a source may take longer than a lease holds."""
        while not self._lost and not self.ended.wait(SECONDS / 3):
            self._renew()

    def give_back(self) -> None:
        """Let others have it, if it isn't theirs already; what can't be given back expires."""
        if not self._lost:
            self._write("REMOVE holder, place, expires")

    def _renew(self) -> None:
        begun = time.monotonic()
        if self._write("SET expires = :expires", expires=_expiry_ms()):
            self._until = begun + SECONDS

    def _write(self, change: str, **values: int) -> bool:
        """A change of our own item; remembers why it was refused."""
        try:
            self._table.update(self._address, change, _OURS, holder=self._holder, token=self.token, **values)
        except (ClientError, BotoCoreError) as error:
            self._trouble = str(error)
            log.warning("lease.trouble", table=self._address, error=self._trouble)
            if _refused(error):
                self._lost = LeaseLost(f"{self._address}: {_spelled(error)} took the lease over" + _AGAIN)
            return False
        return True

    def _held_by(self, error: ClientError) -> Exception:
        if not _refused(error):
            return self._table.unavailable(error)
        return ConcurrentLoad(
            f"{self._address}: another load of this table is running: {_spelled(error)}. Wait for it, then run again; "
            "if it is dead, its lease ends by itself"
        )


_AGAIN = "; nothing was committed. Run again when the other load is done"


def _refused(error: Exception) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == _REFUSED


def _spelled(error: Any) -> str:
    """Return who holds a lease, and until when, from the refusal."""
    item = error.response.get("Item", {})
    if "holder" not in item:
        return "another load"
    return f"{item['holder']['S']} (until {from_ms(int(item['expires']['N'])).isoformat(timespec='seconds')})"


def _attribute(value: str | int) -> dict[str, str]:
    return {"S": value} if isinstance(value, str) else {"N": str(value)}


def _now_ms() -> int:
    """The real clock: a demo's says nothing about who is alive."""
    return time.time_ns() // 1_000_000


def _expiry_ms() -> int:
    return _now_ms() + int(SECONDS * 1000)
