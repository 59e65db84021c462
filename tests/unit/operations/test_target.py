import socket
from collections.abc import Iterator

import pytest

from ingestion.settings import SettingError
from operations.publishing.snowflake import SnowflakeUnavailable, Target, Watch, proxied


@pytest.fixture
def listening() -> Iterator[int]:
    """A port on which something answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed() -> int:
    """A port on which nothing answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_an_account_without_a_host_has_snowflakes_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT"):
        monkeypatch.delenv(f"LAKEHOUSE_SNOWFLAKE_{name}", raising=False)
    monkeypatch.setenv("LAKEHOUSE_SNOWFLAKE_ACCOUNT", "acme-data_prod")
    assert Target.load() == Target("acme-data-prod.snowflakecomputing.com", 443)


def test_a_missing_account_is_an_error_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKEHOUSE_SNOWFLAKE_ACCOUNT", raising=False)
    with pytest.raises(SettingError, match=r"^LAKEHOUSE_SNOWFLAKE_ACCOUNT is not set"):
        Target.load()


def test_a_key_is_given_as_text_or_as_a_file_and_not_as_both(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACCOUNT", "PRIVATE_KEY", "PRIVATE_KEY_PATH"):
        monkeypatch.setenv(f"LAKEHOUSE_SNOWFLAKE_{name}", "x")
    with pytest.raises(SettingError, match="PRIVATE_KEY and LAKEHOUSE_SNOWFLAKE_PRIVATE_KEY_PATH are both set"):
        Target.load()


def test_an_unreachable_snowflake_is_named(closed: int) -> None:
    told = rf"^Snowflake at 127\.0\.0\.1:{closed} is unreachable: .*refused$"
    with pytest.raises(SnowflakeUnavailable, match=told):
        Target("127.0.0.1", closed).check()


def test_a_reachable_snowflake_passes(listening: int) -> None:
    Target("127.0.0.1", listening).check()


def test_a_watch_gives_up_only_when_its_patience_is_over(listening: int, closed: int) -> None:
    assert Watch(Target("127.0.0.1", listening), patience=0)() is None
    assert Watch(Target("127.0.0.1", closed), patience=60)() is None
    reason = Watch(Target("127.0.0.1", closed), patience=0)()
    assert reason is not None
    assert f"127.0.0.1:{closed} is unreachable" in reason


def test_behind_a_proxy_the_address_itself_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    proxies = {"https": "http://proxy:3128"}
    assert proxied(proxies, "acme.snowflakecomputing.com")
    assert not proxied(proxies, "127.0.0.1")
    assert not proxied({}, "acme.snowflakecomputing.com")
