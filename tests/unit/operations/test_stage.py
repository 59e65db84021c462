import socket
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from ingestion.settings import SettingError
from operations.publishing.stage import Source, StageUnavailable, as_snowflake_reads, stage_url, staged


def test_instants_lose_their_zone_and_nothing_else_changes() -> None:
    fields = {"at": pa.timestamp("us", "UTC"), "day": pa.date32(), "amount": pa.decimal128(18, 2), "text": pa.string()}
    read = as_snowflake_reads(pa.schema(fields.items()))
    assert read == pa.schema((fields | {"at": pa.timestamp("us")}).items())


@pytest.mark.parametrize("url", ["", "/var/stage", "gs://bucket"])
def test_a_stage_that_snowflake_cannot_read_is_an_error_of_settings(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_STAGE", url)
    with pytest.raises(SettingError, match=r"^LAKEHOUSE_STAGE is '.*': expected s3://bucket/prefix"):
        stage_url()


def test_an_unreachable_stage_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    write_deltalake(tmp_path / "table", pa.table({"id": ["a"]}))
    sources = {"fact_sales": Source(str(tmp_path / "table"), 0, ("id",))}
    with pytest.raises(StageUnavailable) as caught, staged(sources, "s3://stage/run"):
        pass
    assert str(caught.value).startswith(f"s3://stage/run/fact_sales (S3 at {endpoint}): ")


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    sources = {"fact_sales": Source(str(tmp_path / "nowhere"), 0, ("id",))}
    with pytest.raises(StageUnavailable, match=r"nowhere: "), staged(sources, "s3://stage/run"):
        pass
