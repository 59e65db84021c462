"""Malformed settings: the command says which setting it is, and no secret of it anywhere, nor a piece of one."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from ingestion import masking
from ingestion.sources import load_sources
from ingestion.sources.postgres import PostgresSettings
from ingestion.sources.redshift import RedshiftSettings
from operations import cli

CLOSED = "127.0.0.1:1"
"""Where nothing listens."""
SALESFORCE = {"CLIENT_ID": "app", "CLIENT_SECRET": "Kq7x-Vx2r"}
SNOWFLAKE = {"USER": "me", "DATABASE": "SHOP", "ACCOUNT": "x", "HOST": "127.0.0.1", "PORT": "1"}
KAFKA = {"BOOTSTRAP_SERVERS": CLOSED, "USERNAME": "me", "PASSWORD": "Kq7x-Vx2r"}
PIECES = ("Kq7x", "Vx2r", "Zt9m")
"""Every secret below is made of these."""


def database(source: str, url: str) -> tuple[str, Mapping[str, str]]:
    return source, {"CREDENTIALS": url}


CASES = [
    database("postgres", f"postgresql://me:Kq7x@Vx2r@{CLOSED}/shop"),
    database("postgres", f"postgresql://me:Kq7x%Vx2r@{CLOSED}/shop"),
    database("postgres", f"postgresql://me:Kq7x Vx2r@{CLOSED}/shop"),
    database("postgres", f"postgresql://me:Kq7x/Vx2r@{CLOSED}/shop"),
    database("postgres", f"postgresql://me:Kq7x#Vx2r@{CLOSED}/shop"),
    database("postgres", f"postgresql://me:Kq7x?Vx2r@{CLOSED}/shop"),
    database("postgres", f"postgresql://me:Kq7x[Vx2r@{CLOSED}/shop"),
    database("postgres", f"postgresql://me:Kq7x]Vx2r:Zt9m@{CLOSED}/shop"),
    database("postgres", f"postgresql://me:Kq7x%40Vx2r@{CLOSED}/shop"),
    database("postgres", f"postgresql://me:Kq7x-Vx2r@{CLOSED}0000000/shop"),
    database("postgres", f"me:Kq7x-Vx2r@{CLOSED}/shop"),
    database("postgres", f"mysql://me:Kq7x-Vx2r@{CLOSED}/shop"),
    database("postgres", "host=127.0.0.1 port=1 user=me password='Kq7x Vx2r' dbname=shop"),
    database("postgres", "host=127.0.0.1;Password=Kq7x-Vx2r;Database=shop"),
    database("postgres", f"postgresql://{CLOSED}/shop?user=me&password=Kq7x-Vx2r"),
    database("postgres", f"postgresql://me:Kq7x-Vx2r@{CLOSED}/shop?sslpassword=Zt9m"),
    database("redshift", f"redshift://me:Kq7x@Vx2r/Zt9m@{CLOSED}/shop"),
    database("redshift", f"redshift://me:Kq7x[Vx2r@{CLOSED}/shop"),
    database("redshift", f"redshift://me:Kq7x-Vx2r@{CLOSED}/shop"),
    database("redshift", f"me:Kq7x#Vx2r@{CLOSED}/shop"),
    database("redshift", "redshift://me:Kq7x-Vx2r@127.0.0.1:port/shop"),
    ("fx_rates", {"BASE_URL": f"https://{CLOSED}?access_key=Kq7x-Vx2r"}),
    ("fx_rates", {"BASE_URL": f"{CLOSED}/v1?token=Kq7x-Vx2r"}),
    ("fx_rates", {"BASE_URL": f"https://me:Kq7x[Vx2r@{CLOSED}"}),
    ("fx_rates", {"BASE_URL": f"https://Kq7xVx2r@{CLOSED}"}),
    ("salesforce", {**SALESFORCE, "LOGIN_URL": f"https://{CLOSED}/?sid=Zt9m"}),
    ("salesforce", {**SALESFORCE, "LOGIN_URL": f"https://me:Zt9m/Vx2r@{CLOSED}"}),
    ("salesforce", {**SALESFORCE, "LOGIN_URL": f"https://{CLOSED}", "BULK_FROM": "Zt9m"}),
    ("snowflake", {**SNOWFLAKE, "PRIVATE_KEY_PATH": "-----BEGIN PRIVATE KEY-----\nKq7xKq7xKq7xKq7x\nVx2rVx2rVx2rVx2r"}),
    ("snowflake", {**SNOWFLAKE, "PRIVATE_KEY_PATH": "/nowhere/key.p8", "PRIVATE_KEY_PASSPHRASE": "Kq7x Vx2r"}),
    ("vendor_files", {"BUCKET_URL": "s3://AKIA:Kq7x/Vx2r@bucket/prefix"}),
    ("kafka", {**KAFKA, "SASL_MECHANISM": "Kq7x-Vx2r"}),
    ("kafka", {**KAFKA, "BOOTSTRAP_SERVERS": f"SASL_SSL://me:Kq7x-Vx2r@{CLOSED}"}),
]


@pytest.mark.parametrize(("source", "values"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES, 1)])
def test_a_malformed_setting_shows_no_secret(
    source: str,
    values: Mapping[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name, value in {"HOME": str(tmp_path), "ENVIRONMENT": "test", "LOG_LEVEL": "debug"}.items():
        monkeypatch.setenv(f"LAKEHOUSE_{name}", value)
    for name, value in values.items():
        monkeypatch.setenv(f"SOURCES__{source}__{name}".upper(), value)
    monkeypatch.setattr(masking, "_remembered", set())
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    monkeypatch.setattr(sys, "argv", ["lakehouse", "ingest", source])
    table = load_sources()[source].tables[0].name
    monkeypatch.setattr(sys, "argv", ["lakehouse", "ingest", source, "--table", table])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code in (1, 2)
    printed = "".join(capfd.readouterr())
    assert "Traceback" not in printed
    assert source in printed
    written = {path: path.read_bytes().decode(errors="replace") for path in tmp_path.rglob("*") if path.is_file()}
    assert any(path.parent.name == "runs" for path in written)
    for text in (printed, *written.values()):
        assert not [piece for piece in PIECES if piece in text], text
        assert "Kq7x%40" not in text


def test_credentials_may_be_given_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {"host": "db", "database": "shop", "user": "me", "password": "Kq7x@/%#?[ Vx2r"}
    monkeypatch.delenv("LAKEHOUSE_ENVIRONMENT", raising=False)
    for url in (PostgresSettings(**parts).url, RedshiftSettings(**parts).url):
        assert (url.user, url.password, url.host, url.database) == ("me", "Kq7x@/%#?[ Vx2r", "db", "shop")
    assert str(PostgresSettings(**parts).url).startswith(
        "postgresql://me:Kq7x%40%2F%25%23%3F%5B%20Vx2r@db:5432/shop?connect_timeout="
    )
