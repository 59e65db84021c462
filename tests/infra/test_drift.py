"""`infra/drift` on a folder of Terraform that needs no provider: what it says of a difference, and its exit code."""

import subprocess
from pathlib import Path

import pytest

from ingestion.settings import PROJECT
from tests.infra.terraform import Terraform

pytestmark = pytest.mark.infra

ENVIRONMENT = """
variable "image" { type = string }
resource "terraform_data" "task" { input = var.image }
"""


@pytest.fixture
def applied(tmp_path: Path) -> Path:
    """An applied environment, whose state is a local file."""
    (tmp_path / "main.tf").write_text(ENVIRONMENT)
    name_image(tmp_path, "one")
    terraform = Terraform(tmp_path)
    terraform.init()
    terraform.run("apply", "-input=false", "-no-color", "-auto-approve")
    return tmp_path


def name_image(folder: Path, image: str) -> None:
    (folder / "terraform.tfvars").write_text(f'image = "{image}"\n')


def drift(folder: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROJECT / "infra" / "drift", folder], capture_output=True, text=True, check=False)


def test_an_environment_that_is_as_its_terraform_says_has_no_drift(applied: Path) -> None:
    ended = drift(str(applied))
    assert ended.returncode == 0, ended.stderr
    assert "is as its Terraform says" in ended.stdout


def test_a_difference_is_shown_and_fails(applied: Path) -> None:
    name_image(applied, "two")
    ended = drift(str(applied))
    assert ended.returncode == 2
    assert '"one" -> "two"' in ended.stdout
    assert "differs from its Terraform" in ended.stderr


def test_a_folder_that_can_not_be_planned_is_no_drift(applied: Path) -> None:
    (applied / "main.tf").write_text("resource")
    ended = drift(str(applied))
    assert ended.returncode == 1


def test_an_unknown_environment_is_named() -> None:
    ended = drift("qa")
    assert ended.returncode == 1
    assert "no environment qa" in ended.stderr
