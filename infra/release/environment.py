"""An environment as deploy sees it: a folder of Terraform that is applied, its outputs, and the variables of a release.

`release.auto.tfvars.json` in the folder is the one place that says which image Terraform gives to tasks and functions;
Terraform reads it after terraform.tfvars. Commit it: `make drift` compares with it, too.
"""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.release.bucket import Current
from infra.release.identity import ReleaseError
from ingestion.settings import PROJECT, SettingError
from operations.aws.terraform_outputs import outputs

VARIABLES = "release.auto.tfvars.json"


@dataclass(frozen=True)
class Environment:
    """One environment, by the folder of its Terraform."""

    folder: Path
    given: Mapping[str, Any] | None = None
    """Outputs for whom may not read Terraform's state."""

    @classmethod
    def named(cls, name: str, given: Mapping[str, Any] | None = None) -> "Environment":
        """Return the environment of a name (dev) or a folder. Raises ReleaseError."""
        for folder in (PROJECT / "infra" / "envs" / name, Path(name).absolute()):
            if folder.is_dir():
                return cls(folder, given)
        raise ReleaseError(f"no environment {name}: expected one of infra/envs, such as dev, or the path of a folder")

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def values(self) -> Mapping[str, Any]:
        """Terraform's outputs by name, as they are now: an apply changes them. Raises ReleaseError."""
        if self.given is not None:
            return self.given
        try:
            found = outputs(self.folder)
        except SettingError as error:
            raise ReleaseError(f"{self.name}: {error}") from error
        if not found:
            raise ReleaseError(
                f"{self.folder} has no outputs: it was not applied; run `terraform -chdir={self.folder} apply`"
            )
        return found

    def check_no_drift(self) -> None:
        """Raise ReleaseError unless an apply would change nothing now: then the next one changes the image alone."""
        ended = subprocess.run([PROJECT / "infra" / "drift", self.folder], capture_output=True, text=True, check=False)
        if ended.returncode:
            raise ReleaseError(
                f"{self.name} is not as its Terraform says, so an apply would change more than the release: "
                f"{' '.join(ended.stderr.split())}; `terraform -chdir={self.folder} apply`, then deploy again"
            )

    def apply(self, current: Current) -> None:
        """Make the environment run a version. Raises ReleaseError."""
        variables = {"image": current.image} if current.image else {}
        (self.folder / VARIABLES).write_text(json.dumps(variables, indent=2) + "\n")
        ended = self._terraform("apply", "-input=false", "-no-color", "-auto-approve")
        if ended.returncode:
            raise ReleaseError(
                f"terraform apply failed in {self.folder}: {' '.join(ended.stderr.split())}; {VARIABLES} names "
                f"{current.version}; correct the cause, then deploy again"
            )

    def _terraform(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", f"-chdir={self.folder}", *words], capture_output=True, text=True, check=False
        )
