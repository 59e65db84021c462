"""The folder is the truth: `<root>/<schema>/<table>/_delta_log` is a table, `<root>/<schema>/_views/<view>.sql` a view.

Names that begin with `_` or `.` are nobody's tables. The root is a folder or s3://bucket/prefix; S3 is configured by
the AWS_* variables that pyarrow, delta-rs and Sail all read.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pyarrow.fs as pafs
from dbt.adapters.lake.errors import LakeError, NameRefused
from deltalake import DeltaTable

COMMIT = re.compile(r"\d{20}\.(json|checkpoint.*)$")
VIEWS = "_views"
DIRECTORY = pafs.FileType.Directory
FOLDER = re.compile(r"[^\W_][\w .-]*")


class Name(NamedTuple):
    """A relation's name."""

    schema: str
    identifier: str

    def __str__(self) -> str:
        """As Sail takes it: every part in backticks."""
        return f"`{self.schema}`.`{self.identifier}`"


class Folder:
    """The files of a lake. Every path it makes lies under the root, or it raises `NameRefused`."""

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/")
        self.local = not root.startswith("s3://")
        self.base = self.root.removeprefix("s3://")
        self.fs: pafs.FileSystem = pafs.LocalFileSystem() if self.local else _s3()
        self._prepare()

    def _prepare(self) -> None:
        if self.local:
            Path(self.base).mkdir(parents=True, exist_ok=True)
        elif not self._is(self.base.split("/")[0], DIRECTORY):
            raise LakeError(f"the bucket of the lake's root {self.root} does not exist: create it, or mend `root`")

    def schemas(self) -> list[str]:
        """The schemas there are."""
        return [schema for schema in self._folders(self.base) if FOLDER.fullmatch(schema)]

    def tables(self, schema: str) -> set[Name]:
        """The folders of a schema that have a Delta log, readable or not."""
        names = [Name(schema, table) for table in self._folders(f"{self.base}/{schema}") if FOLDER.fullmatch(table)]
        logs = self.fs.get_file_info([f"{self.path(name)}/_delta_log" for name in names])
        return {name for name, log in zip(names, logs, strict=True) if log.type == DIRECTORY}

    def views(self, schema: str) -> dict[Name, str]:
        """The views of a schema, each with what follows `create view <name>`."""
        files = self._list(f"{self.base}/{schema}/{VIEWS}")
        names = [Name(schema, file.base_name.removesuffix(".sql")) for file in files if file.base_name.endswith(".sql")]
        return {name: self.view(name) for name in names}

    def path(self, name: Name) -> str:
        """Return the path of a table's files, for `fs`; raises `NameRefused` for a name that could leave the root."""
        for part in name:
            if not FOLDER.fullmatch(part):
                raise NameRefused(f"{part!r} in {name} can't be a folder: begin with a letter or digit, then \\w . -")
        path = f"{self.base}/{name.schema}/{name.identifier}"
        if self.local and os.path.realpath(path) != str(Path(os.path.realpath(self.base), *name)):
            raise NameRefused(f"{path} leads out of the lake through a link: refused")
        return path

    def uri(self, name: Name) -> str:
        """Return the address of a table's files, for engines."""
        return self.path(name) if self.local else f"s3://{self.path(name)}"

    def delta(self, name: Name) -> DeltaTable:
        """The table as delta-rs sees it now."""
        return DeltaTable(self.uri(name))

    def has_commits(self, name: Name) -> bool:
        """True if anyone ever committed a table there."""
        return any(COMMIT.fullmatch(file.base_name) for file in self._list(f"{self.path(name)}/_delta_log"))

    def view(self, name: Name) -> str:
        """A view's text."""
        with self.fs.open_input_stream(self._view_file(name)) as file:
            return bytes(file.read()).decode()

    def save_view(self, name: Name, text: str) -> None:
        """Keep a view's text; a reader sees the old or the new, never a half."""
        self._replace(self._view_file(name), text)

    def note(self, schema: str, name: str) -> str:
        """The text of the note `<root>/<schema>/_<name>`; empty where there is none."""
        file = self._note_file(schema, name)
        if not self._is(file, pafs.FileType.File):
            return ""
        with self.fs.open_input_stream(file) as stream:
            return bytes(stream.read()).decode()

    def save_note(self, schema: str, name: str, text: str) -> None:
        """Replace a note; a reader sees the old text or the new one."""
        self._replace(self._note_file(schema, name), text)

    def delete_view(self, name: Name) -> None:
        """Forget a view; nothing happens where there is none."""
        if self._is(self._view_file(name), pafs.FileType.File):
            self.fs.delete_file(self._view_file(name))

    def delete_table(self, name: Name) -> None:
        """Delete a table's files, the log first: a killed drop leaves no table with holes."""
        for folder in (f"{self.path(name)}/_delta_log", self.path(name)):
            if self._is(folder, DIRECTORY):
                self.fs.delete_dir(folder)

    def delete_schema(self, schema: str) -> None:
        """Delete a schema's folder, unless it holds anything but views."""
        folder = f"{self.base}/{schema}"
        if FOLDER.fullmatch(schema) and set(self._folders(folder)) <= {VIEWS} and self._is(folder, DIRECTORY):
            self.fs.delete_dir(folder)

    def move_table(self, name: Name, new: Name) -> None:
        """Rename a table's folder; on S3, which has no such thing, raises `LakeError`."""
        if not self.local:
            raise LakeError(f"{name} cannot be renamed to {new} on S3: build the new table, then drop the old one")
        self.fs.move(self.path(name), self.path(new))

    def _view_file(self, name: Name) -> str:
        return f"{self.path(name).rsplit('/', 1)[0]}/{VIEWS}/{name.identifier}.sql"

    def _note_file(self, schema: str, name: str) -> str:
        if not (FOLDER.fullmatch(schema) and FOLDER.fullmatch(name)):
            raise NameRefused(
                f"{schema}/_{name} can't be a file of the lake: begin with a letter or digit, then \\w . -"
            )
        return f"{self.base}/{schema}/_{name}"

    def _replace(self, file: str, text: str) -> None:
        self.fs.create_dir(file.rsplit("/", 1)[0])
        with self.fs.open_output_stream(f"{file}.tmp") as stream:
            stream.write(text.encode())
        self.fs.move(f"{file}.tmp", file)

    def _list(self, folder: str) -> Iterable[pafs.FileInfo]:
        files: list[pafs.FileInfo] = self.fs.get_file_info(pafs.FileSelector(folder, allow_not_found=True))
        return files

    def _folders(self, folder: str) -> list[str]:
        return [file.base_name for file in self._list(folder) if file.type == DIRECTORY]

    def _is(self, path: str, kind: pafs.FileType) -> bool:
        return bool(self.fs.get_file_info(path).type == kind)


def _s3() -> pafs.FileSystem:
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return pafs.S3FileSystem(region=region, endpoint_override=os.environ.get("AWS_ENDPOINT_URL"))
