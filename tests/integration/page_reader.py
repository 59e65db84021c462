"""A reader of the documentation: does what a page says, in a copy of the project and on a copy of the lake.

A block `sh` is run; `text` is what the commands before it printed; `python`, `sql`, `yaml` name the file they are;
`toml` is added to the file it names; `diff` adds lines after those it shows. Not run: `console`, which needs an account
or is run by other tests, and `hcl`, which goes into an environment's terraform.tfvars.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.settings import PROJECT, Settings
from operations.dbt.command import take_parsed

BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_KEPT = [line.strip("/") for line in (PROJECT / ".gitignore").read_text().splitlines()]
"""Folders that other tests write at the same time, Hypothesis' among them."""


@dataclass
class Reader:
    """Someone who does what a page says."""

    project: Path
    environment: dict[str, str]
    printed: str = ""
    done: list[str] = field(default_factory=list)

    def follow(self, page: Path) -> None:
        for kind, name, text in BLOCK.findall(page.read_text()):
            getattr(self, f"do_{kind}")(text, self.project / name)
            self.done.append(kind)

    def do_sh(self, text: str, _: Path) -> None:
        command = ["bash", "-euo", "pipefail", "-c", text]
        ran = subprocess.run(command, cwd=self.project, env=self.environment, capture_output=True, text=True)
        assert ran.returncode == 0, f"{text}\n{ran.stdout}\n{ran.stderr}"
        self.printed = ran.stdout

    def do_text(self, text: str, _: Path) -> None:
        lines = [line.strip() for line in self.printed.splitlines()]
        wanted = [line.strip() for line in text.splitlines()]
        start = lines.index(wanted[0]) if wanted[0] in lines else 0
        assert lines[start : start + len(wanted)] == wanted, self.printed

    def do_console(self, text: str, _: Path) -> None:
        assert text

    def do_python(self, text: str, path: Path) -> None:
        assert not path.exists(), f"{path} is there already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    do_sql = do_yaml = do_python

    def do_hcl(self, text: str, _: Path) -> None:
        assert text

    def do_toml(self, text: str, path: Path) -> None:
        path.write_text(path.read_text() + text)

    def do_diff(self, text: str, path: Path) -> None:
        lines = text.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] != "+")
        after = "".join(line[1:] for line in lines if line[0] != "-")
        assert path.read_text().count(before) == 1, f"{path} doesn't have, or has more than once:\n{before}"
        path.write_text(path.read_text().replace(before, after))


def reader_of(lake: Settings, tmp_path: Path) -> Reader:
    """Return a reader in a copy of the project, with the demo's services, before a copy of the lake."""
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns(".git", *NOT_KEPT))
    shutil.copytree(lake.root, tmp_path / "lake")
    take_parsed(PROJECT / "target", tmp_path / "target")
    paths = [str(Path(os.environ["LAKEHOUSE_DBT"]).parent), str(Path(sys.executable).parent), os.environ["PATH"]]
    return Reader(
        project,
        {
            **os.environ,
            "PATH": os.pathsep.join(paths),
            "PYTHONPATH": str(project),
            "LAKEHOUSE_ROOT": str(tmp_path / "lake"),
            "LAKEHOUSE_CATALOG": "none",
            "LAKEHOUSE_SNOWFLAKE_SCHEMA": "HOW_TO",
            "DLT_DATA_DIR": str(tmp_path / "dlt"),
            "DBT_TARGET_PATH": str(tmp_path / "target"),
            "DBT_LOG_PATH": str(tmp_path / "logs"),
        },
    )
