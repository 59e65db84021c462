"""An applied environment's outputs as settings: `lakehouse env --from-terraform infra/envs/dev`."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ingestion.settings import SettingError

SETTINGS = {
    "AWS_REGION": "{region}",
    "AWS_DEFAULT_REGION": "{region}",  # dlt asks Secrets Manager there
    "LAKEHOUSE_ENVIRONMENT": "{environment}",
    "LAKEHOUSE_ROOT": "s3://{data_lake_bucket_name}/lake",
    "LAKEHOUSE_CATALOG": "glue",
    "LAKEHOUSE_PREFIX": "{lakehouse_prefix}",
    "LAKEHOUSE_LEASES": "dynamodb:{lease_table_name}",
    "LAKEHOUSE_STATE": "dynamodb:{state_table_name}",
    "LAKEHOUSE_STAGE": "s3://{stage_bucket_name}/publish",
    "LAKEHOUSE_ARTIFACTS": "s3://{artifacts_bucket_name}",
    "LAKEHOUSE_ATHENA_ROOT": "s3://{data_lake_bucket_name}/lake-athena",
    "LAKEHOUSE_ATHENA_WORK_GROUP": "{athena_work_group}",
    "SOURCES__VENDOR_FILES__BUCKET_URL": "s3://{vendor_drop_bucket_name}",
    "PROVIDERS__ENABLE_AWS_SECRETS": "true",
}
"""A setting's value, with the names of the outputs that it is made from."""
OF_FEATURES = {
    "SOURCES__CDC__BUCKET_URL": "{cdc_bucket_url}",
    "LAKEHOUSE_EMR_APPLICATION_ID": "{emr_serverless_application_id}",
    "LAKEHOUSE_EMR_JOB_ROLE_ARN": "{emr_serverless_job_role_arn}",
    "LAKEHOUSE_EMR_LOG_GROUP": "{emr_serverless_log_group_name}",
}
"""Settings that exist where a feature is on: Terraform leaves out an output that is null."""


def settings_of(folder: Path) -> dict[str, str]:
    """Return the settings that an applied environment gives, by name. Raises SettingError."""
    values = outputs(folder)
    try:
        always = {name: value.format_map(values) for name, value in SETTINGS.items()}
    except KeyError as missing:
        raise SettingError(
            f"{folder} has no output {missing.args[0]}: it was not applied, or by an older version; "
            f"run `terraform -chdir={folder} apply`"
        ) from missing
    return always | dict(_of_features(values))


def _of_features(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in OF_FEATURES.items():
        with suppress(KeyError):
            yield name, value.format_map(values)


def outputs(folder: Path) -> Mapping[str, Any]:
    """Return an environment's outputs by name, by `terraform output`. Raises SettingError where it can't be asked."""
    program = shutil.which("terraform")
    if program is None:
        raise SettingError(
            "terraform is not on the PATH: install Terraform 1.11 or later, or set the variables yourself"
        )
    if not folder.is_dir():
        raise SettingError(f"--from-terraform {folder}: expected the folder of an environment such as infra/envs/dev")
    ended = subprocess.run(
        [program, f"-chdir={folder}", "output", "-json", "-no-color"], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise SettingError(
            f"terraform output failed in {folder}: {' '.join(ended.stderr.split())}; "
            f"run `terraform -chdir={folder} init` with the backend of the state"
        )
    return {name: output["value"] for name, output in json.loads(ended.stdout).items()}
