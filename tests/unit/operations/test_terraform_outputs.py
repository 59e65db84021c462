"""`lakehouse env --from-terraform`: an applied environment's outputs become settings."""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from string import Formatter

import pytest
from click.testing import CliRunner, Result

from ingestion.settings import PROJECT, SettingError
from operations.aws.terraform_outputs import OF_FEATURES, SETTINGS, settings_of
from operations.cli import cli

OUTPUTS = {
    "region": "eu-west-1",
    "environment": "dev",
    "data_lake_bucket_name": "shop-dev-lake",
    "lakehouse_prefix": "shop_dev_",
    "lease_table_name": "shop-dev-leases",
    "state_table_name": "shop-dev-state",
    "stage_bucket_name": "shop-dev-stage",
    "artifacts_bucket_name": "shop-dev-artifacts",
    "athena_work_group": "shop-dev",
    "vendor_drop_bucket_name": "shop-dev-vendor-drop",
}


@pytest.fixture
def terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the command, which prints these outputs; a test may write another."""
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    print_outputs(program, OUTPUTS)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program


def print_outputs(program: Path, outputs: Mapping[str, str]) -> None:
    told = json.dumps({name: {"value": value, "type": "string"} for name, value in outputs.items()})
    program.write_text(f"#!/bin/sh\necho {shlex.quote(told)}\n")


def env(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["env", "--from-terraform", str(folder), *words])


def test_outputs_become_settings(terraform: Path, tmp_path: Path) -> None:
    ended = env(tmp_path, "--json")
    assert ended.exit_code == 0, ended.output
    settings = json.loads(ended.stdout)
    assert settings.keys() == SETTINGS.keys()
    assert settings["LAKEHOUSE_ROOT"] == "s3://shop-dev-lake/lake"
    assert settings["LAKEHOUSE_LEASES"] == "dynamodb:shop-dev-leases"
    assert "export AWS_REGION=eu-west-1\nexport AWS_DEFAULT_REGION=eu-west-1\n" in env(tmp_path).stdout


def test_change_files_have_a_setting_where_dms_writes_them(terraform: Path, tmp_path: Path) -> None:
    assert "SOURCES__CDC__BUCKET_URL" not in settings_of(tmp_path)
    print_outputs(terraform, {**OUTPUTS, "cdc_bucket_url": "s3://shop-dev-vendor-drop/cdc"})
    assert settings_of(tmp_path)["SOURCES__CDC__BUCKET_URL"] == "s3://shop-dev-vendor-drop/cdc"


def test_spark_has_settings_where_its_application_is(terraform: Path, tmp_path: Path) -> None:
    role = "arn:aws:iam::123456789012:role/shop-dev-emr"
    outputs = {"emr_serverless_application_id": "00f1", "emr_serverless_job_role_arn": role}
    print_outputs(terraform, {**OUTPUTS, **outputs})
    settings = settings_of(tmp_path)
    assert settings["LAKEHOUSE_EMR_APPLICATION_ID"] == "00f1"
    assert settings["LAKEHOUSE_EMR_JOB_ROLE_ARN"] == role
    assert settings["LAKEHOUSE_ARTIFACTS"] == "s3://shop-dev-artifacts"


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_an_environment_has_the_outputs_that_settings_are_made_from(environment: str) -> None:
    named = re.findall(
        r'^output "(\w+)"', (PROJECT / "infra/envs" / environment / "outputs.tf").read_text(), re.MULTILINE
    )
    used = {
        field for value in (SETTINGS | OF_FEATURES).values() for _, field, _, _ in Formatter().parse(value) if field
    }
    assert used - set(named) == set()


def test_an_output_that_is_missing_is_named(terraform: Path, tmp_path: Path) -> None:
    terraform.write_text("#!/bin/sh\necho '{}'\n")
    with pytest.raises(SettingError, match=f"has no output region.*terraform -chdir={tmp_path} apply"):
        settings_of(tmp_path)


def test_a_state_that_cannot_be_read_is_named(terraform: Path, tmp_path: Path) -> None:
    terraform.write_text("#!/bin/sh\necho 'Error: Backend initialization required' >&2\nexit 1\n")
    with pytest.raises(SettingError, match="Backend initialization required"):
        settings_of(tmp_path)


def test_a_folder_that_does_not_exist_is_named(terraform: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="expected the folder of an environment"):
        settings_of(tmp_path / "none")


def test_a_missing_terraform_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingError, match="terraform is not on the PATH"):
        settings_of(tmp_path)
