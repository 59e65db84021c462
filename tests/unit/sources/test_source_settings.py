"""Settings of sources: exact names, clear gaps, no secret in a message."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingestion.protocols.config import reason, resolve, secret, unavailable
from ingestion.settings import SettingError


@dataclass(frozen=True)
class Sample:
    user: str
    password: str = secret()
    port: int = 5432
    tls: bool = True


def test_values_come_from_the_sources_own_section_and_have_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"USER": "me", "PASSWORD": "123", "PORT": "99", "TLS": "false"}.items():
        monkeypatch.setenv(f"SOURCES__SAMPLE__{name}", value)
    assert resolve(Sample, "sample") == Sample("me", "123", 99, tls=False)


def test_variables_of_the_shell_are_never_taken_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "root")
    monkeypatch.setenv("SOURCES__USER", "root")
    with pytest.raises(SettingError, match=r"SOURCES__SAMPLE__USER \(or user under \[sources.sample\]"):
        resolve(Sample, "sample")


def test_what_is_not_secret_may_be_in_config_toml(tmp_path: Path) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text('[sources.fx_rates]\nbase_url = "https://fx"\nbase = "EUR"\n')
    program = (
        "from ingestion.protocols.config import resolve\nfrom ingestion.sources.fx_rates import FxSettings\n"
        "print(resolve(FxSettings, 'fx_rates').base)"
    )
    here = {name: value for name, value in os.environ.items() if not name.startswith(("DLT_", "SOURCES__"))}
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=here, capture_output=True, text=True, check=False
    )
    assert ran.stdout == "EUR\n", ran.stderr


def test_a_missing_secret_is_named_in_both_spellings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__SAMPLE__USER", "me")
    with pytest.raises(SettingError) as failure:
        resolve(Sample, "sample")
    assert str(failure.value) == (
        "sample can't be read: SOURCES__SAMPLE__PASSWORD (or password under [sources.sample] in .dlt/secrets.toml) "
        "is not set"
    )


def test_a_value_of_the_wrong_type_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"USER": "me", "PASSWORD": "123", "PORT": "hunter2"}.items():
        monkeypatch.setenv(f"SOURCES__SAMPLE__{name}", value)
    with pytest.raises(SettingError, match=r"SOURCES__SAMPLE__PORT.*int") as failure:
        resolve(Sample, "sample")
    assert "hunter2" not in str(failure.value)


def test_secrets_are_cut_out_of_reasons() -> None:
    sample = Sample("me", "hunter2")
    assert "hunter2" not in repr(sample)
    error = RuntimeError("can't log in\n  with hunter2")
    assert reason(error, sample) == "can't log in with ***"
    assert str(unavailable("sample", "host:1", error, sample)) == (
        "sample at host:1 is not available: can't log in with ***"
    )
