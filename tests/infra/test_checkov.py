"""checkov finds nothing, and each check that it skips has a reason beside it."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.engines.bringing import brought_by
from tests.infra.terraform import INFRA

pytestmark = pytest.mark.infra

SKIP = re.compile(r"#\s*checkov:skip=(CKV2?_AWS_\d+)(?::(.*))?$", re.MULTILINE)


def checkov() -> Path:
    """Return the command. Raises NotInstalled."""
    return brought_by(Path(__file__).parent / "checkov" / "install") / "bin" / "checkov"


def test_checkov_finds_nothing() -> None:
    words = ["--directory", str(INFRA), "--framework", "terraform", "--output", "json", "--quiet", "--skip-download"]
    ended = subprocess.run([checkov(), *words, "--soft-fail"], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-3000:]
    report = json.loads(ended.stdout)
    failed = [(one["check_id"], one["resource"], one["check_name"]) for one in report["results"]["failed_checks"]]
    assert failed == []
    assert report["summary"]["passed"] > 100
    assert report["summary"]["parsing_errors"] == 0


def test_every_skip_has_a_reason() -> None:
    skips = [(file.name, *found) for file in INFRA.rglob("*.tf") for found in SKIP.findall(file.read_text())]
    assert skips
    assert [skip for skip in skips if len(skip[2].split()) < 4] == []
