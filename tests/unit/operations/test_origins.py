import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json
from dataclasses import asdict
from ingestion.settings import Settings
from operations.setting_sources import known_environment, settings_in_force
print(json.dumps([asdict(setting) for setting in settings_in_force(Settings.load(), known_environment())]))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """What a process says whose dlt folder and environment hold these settings."""
    project = tmp_path_factory.mktemp("project")
    folder = project / ".dlt"
    folder.mkdir()
    (folder / "config.toml").write_text('[sources.postgres]\nschema = "crm"\n')
    (folder / "secrets.toml").write_text('[sources.postgres]\ncredentials = "postgresql://shop:s3cret@db/shop"\n')
    env = {
        "PATH": os.environ["PATH"],
        "DLT_PROJECT_DIR": str(project),
        "LAKEHOUSE_PREFIX": "ada_",
        "LAKEHOUSE_SNOWFLAKE_PASSWORD": "s3cret",
        "SOURCES__FX_RATES__BASE_URL": "https://fx.example.com",
        "SOURCES__REDSHIFT__HOST": "dw",
    }
    return asked(env)


def asked(env: dict[str, str]) -> dict[str, dict]:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True)
    assert "s3cret" not in ran.stdout
    return {setting["name"]: setting for setting in json.loads(ran.stdout)}


def test_each_setting_says_who_set_it(told: dict[str, dict]) -> None:
    origins = {name: setting["origin"] for name, setting in told.items()}
    assert origins["LAKEHOUSE_PREFIX"] == "environment"
    assert origins["LAKEHOUSE_BASE_CURRENCY"] == "default"
    assert origins["SOURCES__FX_RATES__BASE_URL"] == "environment"
    assert origins["SOURCES__POSTGRES__SCHEMA"] == "config.toml"
    assert origins["SOURCES__POSTGRES__CREDENTIALS"] == "secrets.toml"
    assert origins["SOURCES__VENDOR_FILES__BUCKET_URL"] == "missing"


def test_what_no_default_replaces_is_missing_with_what_may_be_set_instead(told: dict[str, dict]) -> None:
    gaps = {name: setting["instead"] for name, setting in told.items() if setting["origin"] == "missing"}
    assert (
        gaps.items()
        >= {
            "SOURCES__REDSHIFT__DATABASE": "SOURCES__REDSHIFT__CREDENTIALS",
            "SOURCES__REDSHIFT__USER": "SOURCES__REDSHIFT__CREDENTIALS",
            "SOURCES__SNOWFLAKE__ACCOUNT": "",
            "SOURCES__SNOWFLAKE__PRIVATE_KEY_PATH": "SOURCES__SNOWFLAKE__TOKEN or SOURCES__SNOWFLAKE__PASSWORD",
            "SOURCES__KAFKA__USERNAME": "",
            "SOURCES__KAFKA__PASSWORD": "",
            "LAKEHOUSE_STAGE": "",
        }.items()
    )
    unneeded = ("POSTGRES__HOST", "REDSHIFT__CREDENTIALS", "REDSHIFT__PASSWORD", "SNOWFLAKE__TOKEN", "KAFKA__CA_FILE")
    assert {told[f"SOURCES__{name}"]["origin"] for name in unneeded} == {"not set"}


def test_values_are_shown_unless_they_are_secret(told: dict[str, dict]) -> None:
    assert told["LAKEHOUSE_PREFIX"]["value"] == "ada_"
    assert told["SOURCES__POSTGRES__SCHEMA"]["value"] == "crm"
    assert told["SOURCES__POSTGRES__CREDENTIALS"]["value"] == "(set, not shown)"
    assert told["LAKEHOUSE_SNOWFLAKE_PASSWORD"]["value"] == "(set, not shown)"


def test_what_dbts_targets_read_is_listed(told: dict[str, dict]) -> None:
    assert {"LAKEHOUSE_TARGET", "LAKEHOUSE_SNOWFLAKE_ACCOUNT", "LAKEHOUSE_SNOWFLAKE_ROLE"} <= told.keys()


NOBODY = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/none", "AWS_SHARED_CREDENTIALS_FILE": "/none"}
SOMEBODY = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_MAX_ATTEMPTS": "1"}
NOWHERE = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}


@pytest.mark.parametrize(
    ("env", "reason"),
    [(NOBODY, "aws_access_key_id"), (SOMEBODY | NOWHERE, "Could not connect to the endpoint URL")],
    ids=["without credentials", "without a way to the endpoint"],
)
def test_a_secrets_manager_that_can_not_be_asked_is_the_sources_origin(
    tmp_path: Path, env: dict[str, str], reason: str
) -> None:
    project = {"PATH": os.environ["PATH"], "DLT_PROJECT_DIR": str(tmp_path), "PROVIDERS__ENABLE_AWS_SECRETS": "true"}
    origin = asked(project | env)["SOURCES__*"]["origin"]
    assert "AWS Secrets Manager could not be asked" in origin
    assert reason in origin
    assert "set PROVIDERS__ENABLE_AWS_SECRETS=false" in origin
