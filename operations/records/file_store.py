"""Small files at one address, a bucket's prefix or a folder that stands for one."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from operations.records.run_record import one_line


class StoreUnavailable(RuntimeError):
    """A file could not be read or written: which, why, what to do."""


class FileStore:
    """The files below one address, by key. Raises StoreUnavailable."""

    def __init__(self, url: str, s3: Any = None) -> None:
        """Args: url: s3://bucket/prefix, or an absolute folder. s3: boto3's client; one of this process by default."""
        self.url = url
        self._bucket, _, self._prefix = url.removeprefix("s3://").partition("/")
        self._s3 = (s3 or _client()) if url.startswith("s3://") else None

    def put(self, path: Path, key: str) -> None:
        """Write a file's bytes."""
        with self._naming(key):
            if self._s3:
                self._s3.upload_file(str(path), self._bucket, self._key(key))
            else:
                _copy(path, Path(self.url, key))

    def get(self, key: str, path: Path) -> bool:
        """Read a file into a path, whole or not at all; False where there is none."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._naming(key):
            if not self.has(key):
                return False
            if self._s3:
                self._s3.download_file(self._bucket, self._key(key), str(path))
            else:
                _copy(Path(self.url, key), path)
        return True

    def text(self, key: str) -> str | None:
        """Return a file's text; None where there is no file."""
        with self._naming(key):
            if not self._s3:
                path = Path(self.url, key)
                return path.read_text(encoding="utf-8") if path.is_file() else None
            try:
                body: bytes = self._s3.get_object(Bucket=self._bucket, Key=self._key(key))["Body"].read()
            except self._s3.exceptions.NoSuchKey:
                return None
        return body.decode()

    def put_text(self, text: str, key: str) -> None:
        """Write a file's text."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "text")
            path.write_text(text, encoding="utf-8")
            self.put(path, key)

    def has(self, key: str) -> bool:
        """True if there is a file."""
        if not self._s3:
            return Path(self.url, key).is_file()
        from botocore.exceptions import ClientError

        with self._naming(key):
            try:
                self._s3.head_object(Bucket=self._bucket, Key=self._key(key))
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != "404":
                    raise
                return False
        return True

    def address(self, key: str) -> str:
        """Return a file's URL or path."""
        return f"{self.url}/{key}"

    def _key(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key

    @contextmanager
    def _naming(self, key: str) -> Iterator[None]:
        from boto3.exceptions import S3UploadFailedError
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (OSError, BotoCoreError, ClientError, S3UploadFailedError) as error:
            raise StoreUnavailable(
                f"{self.address(key)}: {one_line(error)}; check the address, and this process' rights there"
            ) from error


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _client() -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client("s3", config=Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard"}))


def _copy(source: Path, target: Path) -> None:
    """Copy a file, which readers see as it was or as it is now."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, draft)
    draft.replace(target)
