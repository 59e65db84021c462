"""The contents of a release: each function writes its files into the release's folder, equal whenever the commit is.

Times are the commit's (SOURCE_DATE_EPOCH), folders of this machine are left out, and lists have an order. The image
alone may differ between two builds: its base and Debian's packages in it are those of the day.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.release.identity import Identity, ReleaseError, git
from ingestion.settings import PROJECT
from operations.commands.docs import without_paths
from operations.emr.package import FILES
from operations.emr.package import FOLDER as BUILT

BIN = Path(sys.executable).parent
PROJECT_FILES = (
    *(".dlt", "LICENSE", "dags", "dbt_project", "dbt_project.yml", "infra/cron", "infra/systemd", "macros"),
    *("profiles.yml", "requirements", "seeds"),
)
"""Files that the wheel lacks: the dbt project, its settings, and what a machine's schedules need."""
IMAGE = "image.oci.tar"


def wheels(made: Identity, folder: Path) -> None:
    """Write lakehouse-<version>.whl and dbt_lake-<version>.whl."""
    for source in (PROJECT, PROJECT / "adapters" / "dbt-lake"):
        _run([BIN / "python", "-m", "hatchling", "build", "-t", "wheel", "-d", folder], made, source)


def project(made: Identity, folder: Path) -> None:
    """Write project.tar.gz: with the wheel's packages in the same folder it is laid out like the repository."""
    names = [name for name in PROJECT_FILES if (PROJECT / name).exists()]
    git("archive", "--format=tar.gz", "-o", str(folder / "project.tar.gz"), made.commit, *names)


def environment(made: Identity, folder: Path) -> None:
    """Write what jobs of EMR Serverless need beside project.tar.gz: libraries, wheel and script."""
    _run(["make", "environment"], made, PROJECT)
    for name in FILES:
        if not (folder / name).exists():
            shutil.copy(BUILT / name, folder)


def image(made: Identity, folder: Path) -> None:
    """Write image.oci.tar, the container image as an OCI archive."""
    _run(["make", "image", f"TAG={made.version}"], made, PROJECT)
    _run([PROJECT / "infra" / "release" / "save-image", made.version, folder / IMAGE], made, PROJECT)


def docs(made: Identity, folder: Path) -> None:
    """Write manifest.json, and site/index.html: models, tests, lineage; no types, which a lake has."""
    at = datetime.fromtimestamp(made.epoch, UTC).isoformat()
    with TemporaryDirectory() as target:
        folders = ["--target-path", target, "--log-path", target]
        settings = {"LAKEHOUSE_HOME": target, "LAKEHOUSE_TARGET": "local", "LAKEHOUSE_NOW": at}
        # not compiled: SQL of an incremental model has the time of its compilation
        for words in (["parse"], ["docs", "generate", "--no-compile", "--static", "--empty-catalog"]):
            _run([BIN / "dbt", "--quiet", *words, *folders], made, PROJECT, **settings)
        page = Path(target, "static_index.html").read_text()
        for name in ("manifest.json", "catalog.json"):
            written = Path(target, name).read_text()
            timeless = without_paths(json.dumps(_timeless(json.loads(written), at), sort_keys=True), Path(target))
            page = page.replace(written, timeless)
            if name == "manifest.json":
                (folder / name).write_text(timeless)
        (folder / "site").mkdir()
        (folder / "site" / "index.html").write_text(page)


def sbom(made: Identity, folder: Path) -> None:
    """Write sbom.cdx.json: the packages that run in production, as CycloneDX, from their lock file."""
    tool = _run([PROJECT / "infra" / "release" / "cyclonedx" / "install"], made, PROJECT, BIN=str(BIN)).strip()
    words = ["requirements", "--output-reproducible", "--of", "JSON", "--pyproject", "pyproject.toml"]
    written = ["-o", folder / "sbom.cdx.json", "requirements/runtime.txt"]
    _run([Path(tool, "bin", "cyclonedx-py"), *words, *written], made, PROJECT)


CONTENTS: dict[str, Callable[[Identity, Path], None]] = {
    one.__name__: one for one in (wheels, project, environment, image, docs, sbom)
}


def _timeless(value: Any, at: str) -> Any:
    """Replace what differs between two calls of dbt: times by the commit's, ids of the call by none."""
    if isinstance(value, list):
        return [_timeless(one, at) for one in value]
    if not isinstance(value, dict):
        return value
    fixed = {
        **dict.fromkeys(("generated_at", "invocation_started_at", "run_started_at"), at),
        **dict.fromkeys(("invocation_id", "user_id")),
        "created_at": datetime.fromisoformat(at).timestamp(),
    }
    return {key: fixed[key] if key in fixed else _timeless(one, at) for key, one in value.items()}


def _run(command: list[Any], made: Identity, folder: Path, **variables: str) -> str:
    """Run a command to its end, with the commit's time; returns what it prints. Raises ReleaseError."""
    environment = {**os.environ, **variables, "SOURCE_DATE_EPOCH": str(made.epoch), "PYTHONHASHSEED": "0"}
    words = [str(word) for word in command]
    ended = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = "\n".join((ended.stdout + ended.stderr).splitlines()[-20:])
        raise ReleaseError(f"`{' '.join(words)}` failed with {ended.returncode}:\n{said}")
    return ended.stdout
