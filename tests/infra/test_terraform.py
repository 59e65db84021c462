"""Terraform's own checks: format, validation, and the tests beside modules and environments with mocked providers."""

from pathlib import Path

import pytest

from tests.infra.terraform import ENVIRONMENTS, INFRA, Terraform

pytestmark = pytest.mark.infra

MODULES = sorted(str(place.relative_to(INFRA)) for place in (INFRA / "modules").iterdir())
TESTED = sorted({str(file.parents[1].relative_to(INFRA)) for file in INFRA.glob("**/tests/*.tftest.hcl")})


def test_every_file_is_formatted() -> None:
    assert Terraform(INFRA).run("fmt", "-check", "-recursive") == ""


@pytest.mark.parametrize("place", ["bootstrap", *(f"envs/{name}" for name in ENVIRONMENTS)])
def test_a_root_module_is_valid(infra: Path, place: str) -> None:
    terraform = Terraform(infra / place)
    terraform.init()
    terraform.run("validate", "-no-color")


@pytest.mark.parametrize("place", TESTED)
def test_its_own_tests_pass_with_mocked_providers(infra: Path, place: str) -> None:
    terraform = Terraform(infra / place)
    terraform.init()
    printed = terraform.run("test", "-no-color")
    assert "Success!" in printed
    assert "0 passed" not in printed


def test_every_environment_and_module_has_tests() -> None:
    assert set(TESTED) >= {f"envs/{name}" for name in ENVIRONMENTS} | set(MODULES) - {"modules/lakehouse"}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_the_four_files_and_describes_what_goes_in_and_out(module: str) -> None:
    place = INFRA / module
    assert {"main.tf", "variables.tf", "outputs.tf", "versions.tf"} <= {file.name for file in place.iterdir()}
    for name in ("variables.tf", "outputs.tf"):
        blocks = (place / name).read_text().split("\n}\n")
        bare = [block.strip().splitlines()[0] for block in blocks if block.strip() and "description" not in block]
        assert bare == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_is_one_screen(environment: str) -> None:
    assert len((INFRA / "envs" / environment / "main.tf").read_text().splitlines()) <= 60
