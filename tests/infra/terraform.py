"""Terraform, as people run it, on a copy of `infra/`: nothing that a test does stays in the checkout."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ingestion.settings import PROJECT

INFRA = PROJECT / "infra"
EMULATED = Path(__file__).parent / "emulated.tf"
REPLICA = 'provider "aws" {\n  alias'
"""Beginning of the second provider in it."""
ENVIRONMENTS = ("dev", "staging", "prod")
PROVIDER = "hashicorp/aws/5.100.0"
PLACES = (Path("/opt"), Path("/usr/local/share"), Path("/usr/share"), Path("/var/lib"), Path.home())
"""Folders that are searched for a mirror of the provider, four levels deep."""


class TerraformFailed(AssertionError):
    """A command of Terraform failed: which, where, and its last lines. Or it is not installed: how to get it."""


@cache
def mirror() -> Path | None:
    """Return the folder of a filesystem mirror that holds the provider: TF_PLUGIN_MIRROR, else one found on this disk.

    None where there is none: then Terraform asks its registry.
    """
    named = os.environ.get("TF_PLUGIN_MIRROR")
    if named:
        return Path(named)
    found = (match for place in PLACES for match in _matches(place))
    return next((match.parents[3] for match in found), None)


def _matches(place: Path) -> Iterator[Path]:
    for depth in range(5):
        yield from place.glob("/".join(["*"] * depth + [PROVIDER]))


@dataclass(frozen=True)
class Terraform:
    """The command in one folder."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables beside those of this process."""

    def run(self, *words: str) -> str:
        """Run to the end; returns what was printed. Raises TerraformFailed."""
        program = shutil.which("terraform")
        if program is None:
            raise TerraformFailed(
                "terraform is not on the PATH: install Terraform 1.11 or later from its vendor's site"
            )
        ended = subprocess.run(
            [program, *words], cwd=self.folder, env=self._variables(), capture_output=True, text=True, check=False
        )
        if ended.returncode:
            printed = (ended.stdout + ended.stderr)[-6000:]
            raise TerraformFailed(f"terraform {' '.join(words)} in {self.folder.name}:\n{printed}")
        return ended.stdout

    def init(self, *words: str) -> None:
        """Bring the provider, without the remote state's backend unless `words` say otherwise."""
        self.run("init", "-input=false", "-no-color", *(words or ("-backend=false",)))

    def plan(self) -> dict[str, Any]:
        """Return the plan of what an apply would change, as Terraform's JSON."""
        self.run("plan", "-input=false", "-no-color", "-lock=false", "-out=tested.tfplan")
        planned: dict[str, Any] = json.loads(self.run("show", "-json", "tested.tfplan"))
        return planned

    def _variables(self) -> dict[str, str]:
        variables = {**os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", **self.environment}
        found = mirror()
        if found is not None:
            variables["TF_CLI_CONFIG_FILE"] = str(_settings(found))
        return variables


@cache
def _settings(found: Path) -> Path:
    """Write Terraform's settings for a mirror, once; returns the file, which is removed with this process."""
    folder = Path(_FOLDER.name)
    file = folder / "terraformrc"
    file.write_text(f'provider_installation {{\n  filesystem_mirror {{ path = "{found}" }}\n}}\n')
    return file


_FOLDER = TemporaryDirectory(prefix="lakehouse-terraform-")


def emulate(folder: Path, *, replica: bool = True) -> None:
    """Give a folder of Terraform files the provider arguments of an emulated AWS, which none of them has.

    Args: replica: whether it has the provider of the second region, too.
    """
    arguments = EMULATED.read_text()
    (folder / "emulated_override.tf").write_text(arguments if replica else arguments.partition(REPLICA)[0])


def copied(folder: Path) -> Path:
    """Copy `infra/` below a folder, without what earlier commands left in it; returns the copy.

    The sources come beside it: their files are the names that `sources` may have.
    """
    made = folder / "infra"
    shutil.copytree(PROJECT / "ingestion" / "sources", folder / "ingestion" / "sources")
    shutil.copytree(INFRA, made, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfplan"))
    return made
