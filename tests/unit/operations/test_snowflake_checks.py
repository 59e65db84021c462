"""What doctor reports of a Snowflake account, by the answers of an account that is not there."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ingestion.settings import SettingError, Settings
from operations.publishing.snowflake_checks import Account, NotGiven
from operations.publishing.snowflake_session import Rights, Row, sign_in

SETTINGS = {
    "LAKEHOUSE_SNOWFLAKE_ROLE": "publisher",
    "LAKEHOUSE_SNOWFLAKE_WAREHOUSE": "small",
    "LAKEHOUSE_SNOWFLAKE_DATABASE": "analytics",
    "LAKEHOUSE_SNOWFLAKE_SCHEMA": "gold",
    "LAKEHOUSE_SNOWFLAKE_STAGE": "analytics.stages.publish",
    "LAKEHOUSE_STAGE": "s3://stage/publish",
}
GRANTS = [
    ("USAGE", "WAREHOUSE", "SMALL"),
    ("USAGE", "DATABASE", "ANALYTICS"),
    ("USAGE", "SCHEMA", "ANALYTICS.GOLD"),
    ("CREATE TABLE", "SCHEMA", "ANALYTICS.GOLD"),
    ("OWNERSHIP", "SCHEMA", "ANALYTICS.GOLD_SCRATCH"),
    ("USAGE", "SCHEMA", "ANALYTICS.STAGES"),
    ("USAGE", "STAGE", "ANALYTICS.STAGES.PUBLISH"),
]
ELSEWHERE = replace(Settings.load(), environment="production")
FILES = {
    "warehouse": ("02_warehouse", "07_grants"),
    "database": ("04_database", "07_grants"),
    "schema GOLD": ("04_database", "07_grants"),
    "schema GOLD_SCRATCH": ("04_database", "07_grants"),
    "stage": ("07_grants",),
}


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STAGE", "STORAGE_INTEGRATION"):
        monkeypatch.delenv(f"LAKEHOUSE_SNOWFLAKE_{name}", raising=False)
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)


def rows(grants: list[tuple[str, str, str]]) -> list[Row]:
    return [dict(zip(("privilege", "granted_on", "name"), grant, strict=True)) for grant in grants]


def answering(answers: Mapping[str, list[Row] | Exception]) -> Callable[[str], list[Row]]:
    """An account that knows these statements; nothing is granted to PUBLIC."""

    def ask(statement: str) -> list[Row]:
        answer = {'show grants to role "PUBLIC"': [], **answers}[statement]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


def account(
    grants: list[tuple[str, str, str]] = GRANTS, url: str = "s3://stage/publish/", listed: Exception | None = None
) -> Account:
    stages: list[Row] = [{"name": "PUBLISH", "url": url}]
    return Account(
        answering(
            {
                'show grants to role "PUBLISHER"': rows(grants),
                "show stages in schema ANALYTICS.STAGES": stages,
                "list @analytics.stages.publish": listed or [],
            }
        )
    )


def failures(of: Account) -> dict[str, str]:
    failed = {}
    for name, check in of.checks().items():
        try:
            check(ELSEWHERE)
        except NotGiven as error:
            failed[name] = str(error)
    return failed


def test_an_account_with_all_grants_lacks_nothing() -> None:
    assert failures(account()) == {}


@pytest.mark.parametrize("left_out", range(len(GRANTS)))
def test_each_grant_that_is_missing_is_named_with_the_file_that_gives_it(left_out: int) -> None:
    failed = failures(account([grant for at, grant in enumerate(GRANTS) if at != left_out]))
    assert len(failed) == 1
    [(name, message)] = failed.items()
    assert GRANTS[left_out][2] in message
    assert all(f"infra/snowflake/{file}.sql" in message for file in FILES[name])


def test_a_schema_that_the_role_may_make_is_not_missing() -> None:
    grants = [*GRANTS[:2], *GRANTS[5:], ("CREATE SCHEMA", "DATABASE", "ANALYTICS")]
    assert failures(account(grants)) == {}
    assert "will be made" in account(grants).schema("GOLD", ELSEWHERE)


def test_a_stage_over_another_place_is_refused() -> None:
    failed = failures(account(url="s3://stage/other/"))
    assert list(failed) == ["stage"]
    assert "s3://stage/other" in failed["stage"]
    assert failed["stage"].endswith("run infra/snowflake/06_stage.sql")


def test_an_aws_role_that_does_not_trust_snowflake_is_named() -> None:
    failed = failures(account(listed=RuntimeError("Error assuming AWS_ROLE")))
    assert list(failed) == ["integration"]
    assert "Error assuming AWS_ROLE" in failed["integration"]
    assert "STORAGE_AWS_IAM_USER_ARN" in failed["integration"]


def test_a_role_that_is_not_there_is_named() -> None:
    nobody = Account(answering({'show grants to role "PUBLISHER"': RuntimeError("does not exist or not authorized")}))
    with pytest.raises(NotGiven, match=r"role publisher .* not authorized; run infra/snowflake/01_roles\.sql"):
        nobody.role(ELSEWHERE)


def test_without_stage_and_integration_only_the_emulator_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKEHOUSE_SNOWFLAKE_STAGE")
    assert list(failures(account())) == ["stage"]
    assert "only the emulator" in account().stage(replace(ELSEWHERE, environment="local"))


@pytest.mark.parametrize(
    ("enabled", "allowed", "allows"),
    [
        ("true", "s3://other/,s3://stage/publish/", True),
        ("true", "s3://stage/published/", False),
        ("false", "s3://stage/", False),
        ("true", "", False),
    ],
)
def test_an_integration_must_allow_the_place_of_the_stage(
    enabled: str, allowed: str, allows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAKEHOUSE_SNOWFLAKE_STAGE")
    monkeypatch.setenv("LAKEHOUSE_SNOWFLAKE_STORAGE_INTEGRATION", "lake")
    facts = {"ENABLED": enabled, "STORAGE_ALLOWED_LOCATIONS": allowed}
    asked = answering(
        {
            'show grants to role "PUBLISHER"': rows([*GRANTS, ("USAGE", "INTEGRATION", "LAKE")]),
            "desc integration LAKE": [{"property": name, "property_value": value} for name, value in facts.items()],
        }
    )
    assert failures(Account(asked)).keys() == (set() if allows else {"integration"})


def test_rights_include_those_of_inherited_roles_once_where_roles_inherit_in_a_circle() -> None:
    asked = answering(
        {
            'show grants to role "A"': rows([("USAGE", "ROLE", "B")]),
            'show grants to role "B"': rows([("USAGE", "ROLE", "A"), ("OWNERSHIP", "SCHEMA", '"ANALYTICS"."GOLD"')]),
        }
    )
    rights = Rights.of("A", asked)
    assert rights.lacking("SCHEMA", "ANALYTICS.GOLD", "USAGE", "CREATE TABLE") == []
    assert rights.lacking("SCHEMA", "ANALYTICS.STAGES", "USAGE") == ["USAGE"]


@pytest.mark.parametrize(
    ("given", "authenticator"),
    [("PRIVATE_KEY_PATH", "SNOWFLAKE_JWT"), ("TOKEN", "oauth"), ("PASSWORD", "")],
)
def test_the_way_to_sign_in_follows_from_what_is_set(
    given: str, authenticator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PRIVATE_KEY", "PRIVATE_KEY_PATH", "PRIVATE_KEY_PASSPHRASE", "TOKEN", "PASSWORD", "AUTHENTICATOR"):
        monkeypatch.delenv(f"LAKEHOUSE_SNOWFLAKE_{name}", raising=False)
    monkeypatch.setenv(f"LAKEHOUSE_SNOWFLAKE_{given}", "x")
    assert sign_in()["authenticator"] == authenticator
    assert [value for name, value in sign_in().items() if value and name != "authenticator"] == ["x"]


@pytest.fixture(scope="module")
def key() -> str:
    """A key pair's private half, in PEM, with the passphrase `x`."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    ).decode()


def test_a_key_is_taken_as_text(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKEHOUSE_SNOWFLAKE_AUTHENTICATOR", raising=False)
    monkeypatch.setenv("LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY", key)
    monkeypatch.setenv("LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", "x")
    given = sign_in()
    assert (given["private_key"].key_size, given["authenticator"]) == (2048, "SNOWFLAKE_JWT")


@pytest.mark.parametrize("passphrase", ["", "y"])
def test_a_key_that_the_passphrase_does_not_open_is_named_and_not_shown(
    passphrase: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY", key)
    monkeypatch.setenv("LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", passphrase)
    with pytest.raises(SettingError, match=r"^LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY is no private key that") as raised:
        sign_in()
    assert key.splitlines()[1] not in str(raised.value)
