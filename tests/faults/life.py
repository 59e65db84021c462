"""A life: one lake that lives through faults, and is compared with its source after each."""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from ingestion.bronze.delta.storage import open_table
from ingestion.bronze.names import quarantine_name
from ingestion.settings import Settings
from tests.faults.kinds import Kind, Row
from tests.faults.victims import Ending, Load, Stop, Victim, Work, start

NOW = "2026-10-15T23:00:00Z"
TRIES = 8
TOLD = ("_file", "_file_row", "_op", "_is_deleted")
"""Columns that bronze adds and that the source decides on."""


@dataclass(frozen=True)
class Difference:
    """What is wrong with a lake: numbers of rows, and of loads that `bronze.loads` tells wrongly."""

    lost: int
    doubled: int
    not_in_quarantine: int
    quarantined_twice: int
    ledger: int

    def __bool__(self) -> bool:
        return any(vars(self).values())


@dataclass
class Life:
    """A source, a lake, and what happens to them."""

    kind: Kind
    settings: Settings
    rng: Random
    environment: Mapping[str, str] = field(default_factory=dict)
    usual: float = 1.0
    """Seconds that a load takes which nobody disturbs."""

    def grow(self, *, bad: bool | None = None, column: bool | None = None) -> None:
        """The source has more; what isn't said is drawn."""
        drawn = self.rng.random() < 0.5, self.rng.random() < 0.2
        self.kind.grow(self.rng, bad=drawn[0] if bad is None else bad, column=drawn[1] if column is None else column)

    def start(
        self, stop: Stop | None = None, *, home: Path | None = None, work: type[Work] = Load, **environment: str
    ) -> Victim:
        """Start a load or other work, on another machine if it has another home."""
        settings = replace(self.settings, home=home or self.settings.home)
        variables = {"LAKEHOUSE_NOW": NOW, "LAKEHOUSE_HOME": str(settings.home), **self.environment, **environment}
        return start(work(self.kind, settings), variables, stop)

    def run(
        self, stop: Stop | None = None, *, alive: float | None = None, work: type[Work] = Load, **environment: str
    ) -> Ending:
        """One load or other work, to its end."""
        return self.start(stop, work=work, **environment).end(alive)

    def heal(self, work: type[Work] = Load) -> list[str]:
        """Run again until it ends well; returns the errors on the way. Raises AssertionError if it never does."""
        errors: list[str] = []
        while not (ending := self.run(work=work)).well:
            errors.append(ending.error)
            self.let_lease_expire()
            assert len(errors) < TRIES, f"it never ends well: {errors}"
        self.usual = ending.seconds
        return errors

    def lose(self, rng: Random) -> None:
        """What no promise rests on, at times: dlt's working folder and all else in the home; the ledger; the leases."""
        if rng.random() < 0.4:
            shutil.rmtree(self.settings.home, ignore_errors=True)
        if rng.random() < 0.2:
            remove(f"{self.settings.bronze}/loads")
        if self.settings.lease_table and rng.random() < 0.1:
            self._lease("delete_item")

    def let_lease_expire(self) -> None:
        """As time does, if somebody holds it."""
        if self.settings.lease_table:
            change = "SET expires = :long_ago"
            self._lease("update_item", UpdateExpression=change, ExpressionAttributeValues={":long_ago": {"N": "0"}})

    def _lease(self, do: str, **how: object) -> None:
        import boto3

        address = f"{self.settings.bronze}/{Load(self.kind, self.settings).name}"
        getattr(boto3.client("dynamodb"), do)(
            TableName=self.settings.lease_table, Key={"address": {"S": address}}, **how
        )

    def difference(self) -> Difference:
        """Source against bronze, by key and content."""
        name = Load(self.kind, self.settings).name
        landed, aside = self._rows(name), self._rows(quarantine_name(name))
        expected, got = contents(self.kind.rows()), contents(landed)
        bad, kept = self.kind.bad(), Counter(str(row["position"]) for row in aside)
        return Difference(
            (expected - got).total(),
            (got - expected).total(),
            (bad - kept).total(),
            (kept - bad).total(),
            self._told_wrongly(landed, aside),
        )

    def _rows(self, name: str) -> list[Row]:
        table = open_table(f"{self.settings.bronze}/{name}")
        return list(table.to_pyarrow_table().to_pylist()) if table else []

    def _told_wrongly(self, landed: list[Row], aside: list[Row]) -> int:
        """Loads that are told twice, not at all, or with other counts than there are rows."""
        told = self._rows("loads")
        counts = Counter(row["_load_id"] for row in landed), Counter(row["_load_id"] for row in aside)
        twice = len(told) - len({row["load_id"] for row in told})
        wrong = [
            row
            for row in told
            if row["rows_landed"] != counts[0][row["load_id"]]
            or row["rows_quarantined"] < counts[1][row["load_id"]]
            or row["rows_read"] != row["rows_landed"] + row["rows_quarantined"] + row["rows_already_there"]
        ]
        moved = sum(row["rows_read"] for row in told if row["kind"] == "replay")
        left = sum(row["rows_quarantined"] for row in told) - len(aside) - moved - self.kind.left
        return twice + len(wrong) + abs(left) + len({*counts[0], *counts[1]} - {row["load_id"] for row in told})


def contents(rows: Iterable[Row]) -> Counter[str]:
    """The rows by their source's columns, and what it says of them."""
    return Counter(map(content, rows))


def content(row: Row) -> str:
    """The md5 of a row, NULLs and marks that aren't set left out."""
    said = {n: v for n, v in row.items() if not n.startswith("_") or n in TOLD}
    own = {n: str(v) for n, v in said.items() if v is not None and v is not False}
    return hashlib.md5(json.dumps(own, sort_keys=True).encode(), usedforsecurity=False).hexdigest()


def remove(uri: str) -> None:
    """A folder, or all objects under a prefix."""
    if not uri.startswith("s3://"):
        shutil.rmtree(uri, ignore_errors=True)
        return
    import boto3

    parts = urlsplit(uri)
    boto3.resource("s3").Bucket(parts.netloc).objects.filter(Prefix=f"{parts.path.strip('/')}/").delete()
