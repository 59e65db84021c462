"""Objects in a bucket, or files in a folder that stands for one: list them, fetch one.

An object is known by key, ETag and size, and is fetched only as listed: one that changed in between is an error.
"""

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import unquote, urlsplit

from ingestion.protocols.retry import ANSWER_SECONDS, CONNECT_SECONDS, retry_transient
from ingestion.settings import SettingError
from ingestion.spec import SourceError, SourceUnavailable

SPOOLED_BYTES = 16 * 1024 * 1024
"""Larger objects wait on disk, not in memory."""


@dataclass(frozen=True)
class Stored:
    """An object as it was listed. `key` is relative to the store's address."""

    key: str
    etag: str
    size: int
    modified: int
    """Seconds since 1970."""

    @property
    def partition_id(self) -> str:
        """The id of this version of the object."""
        return f"{self.key}#{self.etag}#{self.size}"


class Store(Protocol):
    """A bucket or a folder."""

    def list(self, pattern: str) -> list[Stored]:
        """Objects that match a glob, oldest first: `*` stays within a level, `**` is any. Raises SourceUnavailable."""
        ...

    def fetch(self, stored: Stored, file: IO[bytes]) -> None:
        """Write the object's bytes into a file. Raises SourceUnavailable, SourceError if it is not as listed."""
        ...

    def remove(self, objects: Iterable[Stored]) -> None:
        """Delete objects; one that is gone already is no error. Raises SourceUnavailable."""
        ...


def open_store(source: str, url: str) -> Store:
    """The store at s3://bucket/prefix, file:///folder, or a folder."""
    parts = urlsplit(url)
    if parts.scheme == "s3" and re.search(r"[^\w.-]", parts.netloc):
        raise SettingError(f"{source}: bucket_url names no bucket: expected s3://bucket/prefix, without keys in it")
    if parts.scheme == "s3":
        return Bucket(source, parts.netloc, parts.path.strip("/"))
    return Folder(source, Path(unquote(parts.path)) if parts.scheme == "file" else Path(url))


@contextmanager
def fetched(store: Store, stored: Stored) -> Iterator[IO[bytes]]:
    """The object as a seekable file at its start; it is gone when the block ends."""
    with tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES) as file:
        _fetch_anew(store, stored, file)
        yield file


@retry_transient(lambda error: isinstance(error, SourceUnavailable))
def _fetch_anew(store: Store, stored: Stored, file: IO[bytes]) -> None:
    file.seek(0)
    file.truncate()
    store.fetch(stored, file)
    if file.tell() != stored.size:
        raise SourceUnavailable(f"{stored.key}: {file.tell()} of {stored.size} bytes arrived")
    file.seek(0)


def matches(key: str, pattern: str) -> bool:
    """True if a key matches a glob: `*` stays within a level, `**` is any."""
    return ("**" in pattern or key.count("/") == pattern.count("/")) and fnmatchcase(key, pattern)


def _fixed_part(pattern: str) -> str:
    """Everything before the first wildcard."""
    return pattern[: min((pattern.find(sign) for sign in "*?[" if sign in pattern), default=len(pattern))]


class Bucket:
    """S3, or what speaks like it at AWS_ENDPOINT_URL. Credentials are the environment's or the role's."""

    def __init__(self, source: str, bucket: str, prefix: str) -> None:
        import boto3
        from botocore.config import Config

        patience = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=ANSWER_SECONDS,
            retries={"mode": "standard", "max_attempts": 2},
        )
        self._s3 = boto3.client("s3", config=patience)
        self._source = source
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    @retry_transient(lambda error: isinstance(error, SourceUnavailable))
    def list(self, pattern: str) -> list[Stored]:
        """By prefix from S3, by the rest of the pattern here."""
        with self._asking():
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + _fixed_part(pattern)
            )
            found = [self._stored(entry) for page in pages for entry in page.get("Contents", ())]
        return sorted((one for one in found if matches(one.key, pattern)), key=lambda one: (one.modified, one.key))

    def fetch(self, stored: Stored, file: IO[bytes]) -> None:
        """One conditional GET."""
        with self._asking(stored.key):
            answer = self._s3.get_object(Bucket=self._bucket, Key=self._prefix + stored.key, IfMatch=stored.etag)
            shutil.copyfileobj(answer["Body"], file)

    def remove(self, objects: Iterable[Stored]) -> None:
        """One request for each: only what we wrote ourselves is removed, and that is little."""
        with self._asking():
            for stored in objects:
                self._s3.delete_object(Bucket=self._bucket, Key=self._prefix + stored.key)

    def _stored(self, entry: Any) -> Stored:
        return Stored(
            key=entry["Key"].removeprefix(self._prefix),
            etag=entry["ETag"].strip('"'),
            size=entry["Size"],
            modified=int(entry["LastModified"].timestamp()),
        )

    @contextmanager
    def _asking(self, key: str = "") -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        place = f"s3://{self._bucket}/{self._prefix}{key} at {self._s3.meta.endpoint_url}"
        try:
            yield
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("PreconditionFailed", "NoSuchKey", "404", "412"):
                raise SourceError(f"{self._source}: {place} changed after it was listed; run again") from None
            raise SourceUnavailable(f"{self._source}: {place}: {error}") from None
        except BotoCoreError as error:
            raise SourceUnavailable(f"{self._source}: {place}: {error}") from None


class Folder:
    """A folder on this machine; a file's time and size stand for its ETag."""

    def __init__(self, source: str, root: Path) -> None:
        self._source = source
        self._root = root

    def list(self, pattern: str) -> list[Stored]:
        """Files below the folder."""
        if not self._root.is_dir():
            raise SourceUnavailable(f"{self._source}: there is no folder {self._root}")
        found = [self._stored(path) for path in self._root.rglob("*") if path.is_file()]
        return sorted((one for one in found if matches(one.key, pattern)), key=lambda one: (one.modified, one.key))

    def fetch(self, stored: Stored, file: IO[bytes]) -> None:
        """A copy, if the file is still the listed one."""
        path = self._root / stored.key
        if not path.is_file() or self._stored(path) != stored:
            raise SourceError(f"{self._source}: {path} changed after it was listed; run again")
        with path.open("rb") as source:
            shutil.copyfileobj(source, file)

    def remove(self, objects: Iterable[Stored]) -> None:
        """Files below the folder."""
        for stored in objects:
            (self._root / stored.key).unlink(missing_ok=True)

    def _stored(self, path: Path) -> Stored:
        stat = path.stat()
        key = path.relative_to(self._root).as_posix()
        return Stored(key=key, etag=f"{stat.st_mtime_ns:x}", size=stat.st_size, modified=int(stat.st_mtime))
