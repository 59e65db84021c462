"""Outside environment `local`, nothing that sends a secret goes without TLS."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ingestion.protocols.http import Api
from ingestion.protocols.kafka.client import KafkaSettings
from ingestion.protocols.tls import web_url
from ingestion.settings import SettingError, Settings
from ingestion.sources.postgres import PostgresSettings
from ingestion.sources.redshift import RedshiftSettings
from ingestion.sources.snowflake import SnowflakeSettings
from ingestion.spec import SourceError
from operations.publishing.snowflake import Target

URL = "postgresql://me:secret@db/shop"
PARTS = {"host": "db", "database": "shop", "user": "me", "password": "secret"}
SNOWFLAKE = {"account": "x", "user": "me", "database": "SHOP", "password": "secret"}
KAFKA = {"bootstrap_servers": "broker:9092", "username": "me", "password": "secret"}


def postgres(**more: str) -> str:
    return PostgresSettings(**{**PARTS, **more}).url.options.get("sslmode", "")


def kafka(protocol: str, **more: str) -> KafkaSettings:
    return KafkaSettings(**{**KAFKA, **more}, security_protocol=protocol)


REFUSED: list[tuple[str, Callable[[], Any]]] = [
    *(
        (f"postgres, sslmode={mode}", lambda mode=mode: postgres(sslmode=mode))
        for mode in ("disable", "allow", "prefer")
    ),
    ("postgres, sslmode in the URL", lambda: postgres(credentials=f"{URL}?sslmode=disable")),
    ("postgres, an unknown sslmode", lambda: postgres(sslmode="REQUIRE")),
    ("redshift, ssl", lambda: RedshiftSettings(**PARTS, ssl=False).url),
    ("snowflake, protocol", lambda: SnowflakeSettings(**SNOWFLAKE, protocol="http")),
    ("kafka, SASL_PLAINTEXT", lambda: kafka("SASL_PLAINTEXT")),
    ("kafka, PLAINTEXT with a password", lambda: kafka("PLAINTEXT")),
    ("http with secrets", lambda: web_url("salesforce", "login_url", "http://login.example.com")),
    ("http with a login", lambda: web_url("fx_rates", "base_url", "http://me@fx.example.com", sends_secrets=False)),
]


@pytest.fixture(autouse=True)
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_ENVIRONMENT", "production")
    for name in ("AWS_ENDPOINT_URL", "LAKEHOUSE_SNOWFLAKE_PROTOCOL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("call", [call for _, call in REFUSED], ids=[name for name, _ in REFUSED])
def test_plain_text_is_refused_and_the_message_shows_no_secret(call: Callable[[], Any]) -> None:
    with pytest.raises(SettingError, match=r"without TLS: expected .* in environment 'production'") as refused:
        call()
    assert "secret" not in str(refused.value).replace("sends secrets", "")


@pytest.mark.parametrize("call", [call for name, call in REFUSED if "unknown" not in name])
def test_the_emulated_services_of_environment_local_need_none(
    call: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_ENVIRONMENT", "local")
    call()


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_postgres_takes_a_stricter_sslmode(mode: str) -> None:
    assert postgres(sslmode=mode) == mode
    assert postgres(credentials=f"{URL}?sslmode={mode}") == mode


def test_postgres_requires_tls_where_nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert postgres() == "require"
    assert postgres(credentials=URL) == "require"
    monkeypatch.setenv("LAKEHOUSE_ENVIRONMENT", "local")
    assert postgres() == ""


def test_what_sends_no_secret_may_go_in_plain_text() -> None:
    assert kafka("PLAINTEXT", username="", password="").client()["security.protocol"] == "PLAINTEXT"
    assert web_url("fx_rates", "base_url", "http://fx.example.com/", sends_secrets=False) == "http://fx.example.com"


def test_the_copy_in_snowflake_goes_by_https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_SNOWFLAKE_ACCOUNT", "x")
    monkeypatch.setenv("LAKEHOUSE_SNOWFLAKE_PROTOCOL", "http")
    with pytest.raises(SettingError, match="LAKEHOUSE_SNOWFLAKE_PROTOCOL is 'http'"):
        Target.load()


@pytest.mark.parametrize(
    "name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT"]
)
def test_an_aws_endpoint_goes_by_https(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "HTTP://s3.example.com")
    with pytest.raises(SettingError, match=rf"{name} is http, .* expected https in environment 'production'"):
        Settings.load()
    monkeypatch.setenv(name, "https://s3.example.com")
    assert Settings.load().environment == "production"
    monkeypatch.setenv(name, "http://127.0.0.1:5000")
    monkeypatch.setenv("LAKEHOUSE_ENVIRONMENT", "local")
    assert Settings.load().environment == "local"


def test_a_redirect_to_http_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(transport: Any, request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(307, headers={"Location": "http://login.example.com/token"}, request=request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", answer)
    with (
        Api("salesforce", "https://login.example.com", None) as api,
        pytest.raises(SourceError, match=r"redirects to http://login\.example\.com, which has no TLS"),
    ):
        api.json("POST", "/token", data={"client_secret": "secret"})
    assert asked == ["https://login.example.com/token"]
