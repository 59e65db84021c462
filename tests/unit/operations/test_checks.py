"""What doctor says of leases."""

from dataclasses import replace

import pytest
from moto import mock_aws

from ingestion.settings import Settings
from operations.connection_checks import aws, try_leases

FILES = Settings.load()
ON_S3 = replace(FILES, root="s3://lake")


@pytest.mark.parametrize(("settings", "several"), [(FILES, False), (ON_S3, True)])
def test_locks_on_files_keep_one_machine_s_loads_apart(settings: Settings, several) -> None:
    assert ("LAKEHOUSE_LEASES=dynamodb:<table>" in try_leases(settings)) is several


def test_a_table_of_leases_is_found_or_will_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    settings = replace(ON_S3, leases="dynamodb:faults")
    with mock_aws():
        assert try_leases(settings) == "dynamodb:faults (will be made)"
        key = {"AttributeName": "address"}
        aws("dynamodb").create_table(
            TableName="faults",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{**key, "KeyType": "HASH"}],
            AttributeDefinitions=[{**key, "AttributeType": "S"}],
        )
        assert try_leases(settings) == "dynamodb:faults"
