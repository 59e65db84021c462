"""A release's way through two environments: S3 and ECR of moto, Terraform itself, and commands in the canary's place.

An environment is a folder of Terraform with the variable and the outputs of infra/envs, and one resource without a
provider that keeps the image. Only an account runs a canary as a container, and only a registry takes an image: here it
is in moto's ECR before.
"""

import io
import json
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from infra.release.checksums import DESCRIPTION, write_sums
from infra.release.contents import IMAGE
from ingestion.settings import PROJECT
from operations.aws.terraform_outputs import SETTINGS
from operations.emr.package import FILES, SCRIPT
from tests.emulated_aws import client, emulated_aws
from tests.infra.terraform import Terraform

pytestmark = pytest.mark.infra

OUTPUTS = {name for value in SETTINGS.values() for name in re.findall(r"\{(\w+)\}", value)}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    with emulated_aws(tmp_path_factory.mktemp("aws")) as variables:
        yield variables


@dataclass
class Place:
    """An environment, and a person's commands on it."""

    folder: Path
    aws: Mapping[str, str]

    @property
    def bucket(self) -> str:
        return f"{self.folder.name}-artifacts"

    @property
    def repository(self) -> str:
        return f"{self.folder.name}-image"

    def client(self, service: str) -> Any:
        return client(self.aws, service)

    def deploy(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **self.aws, "TF_IN_AUTOMATION": "1"}
        return subprocess.run(
            [PROJECT / "infra" / "deploy", *words], env=environment, capture_output=True, text=True, input=""
        )

    def runs(self) -> Any:
        return json.loads(self.deploy("show", self.folder).stdout)

    def image(self) -> str:
        """The image that Terraform gave to the environment."""
        printed: dict[str, Any] = json.loads(Terraform(self.folder).run("output", "-json", "-no-color"))
        return str(printed["image"]["value"])

    def put_image(self, manifest: str, tag: str) -> str:
        """Returns its digest, as moto computes it."""
        put = self.client("ecr").put_image(repositoryName=self.repository, imageManifest=manifest, imageTag=tag)
        return str(put["image"]["imageId"]["imageDigest"])

    def keys(self, prefix: str) -> list[str]:
        found = self.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [one["Key"] for one in found.get("Contents", [])]

    def text(self, key: str) -> str:
        return str(self.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read().decode())


def place(folder: Path, aws: Mapping[str, str]) -> Place:
    """An applied environment that has no release."""
    made = Place(folder, aws)
    values = {
        **{name: f"{folder.name}-{name.replace('_', '-')}" for name in OUTPUTS},
        "region": "us-east-1",
        "environment": "local",
        "artifacts_bucket_name": made.bucket,
        "lakehouse_prefix": "lake_",
        "ecr_repository_url": f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{made.repository}",
    }
    blocks = ['variable "image" {\n  type = string\n  default = "none"\n}', 'resource "terraform_data" "task" {']
    blocks += ["  input = var.image\n}", 'output "image" { value = terraform_data.task.output }']
    blocks += [f'output "{name}" {{ value = "{value}" }}' for name, value in values.items()]
    folder.mkdir()
    (folder / "main.tf").write_text("\n".join(blocks) + "\n")
    terraform = Terraform(folder)
    terraform.init()
    terraform.run("apply", "-input=false", "-no-color", "-auto-approve")
    made.client("s3").create_bucket(Bucket=made.bucket)
    made.client("ecr").create_repository(repositoryName=made.repository)
    return made


MANIFEST = "application/vnd.oci.image.manifest.v1+json"
NUMBERS = count()
"""One for each environment: names of buckets differ from test to test."""


@pytest.fixture
def dev(tmp_path: Path, aws: Mapping[str, str]) -> Place:
    return place(tmp_path / f"dev{next(NUMBERS)}", aws)


@pytest.fixture
def staging(tmp_path: Path, aws: Mapping[str, str]) -> Place:
    return place(tmp_path / f"staging{next(NUMBERS)}", aws)


def release(folder: Path, version: str, *places: Place, dag: str = "daily.py") -> tuple[Path, str]:
    """A small release and its image's digest, the image being in the repositories of these places."""
    made = folder / version
    made.mkdir()
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": f"sha256:{version}", "size": 2}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []})
    [digest] = {where.put_image(manifest, version) for where in places}
    archive(made / IMAGE, {"index.json": json.dumps({"manifests": [{"digest": digest}]})})
    archive(made / "project.tar.gz", {f"dags/{dag}": f"# of {version}\n"})
    for name in {*FILES} - {"project.tar.gz"}:
        (made / name).write_text(f"{name} of {version}")
    (made / DESCRIPTION).write_text(json.dumps({"version": version}))
    write_sums(made)
    return made, digest


def archive(path: Path, files: Mapping[str, str]) -> None:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))


def canary(folder: Path, exit_code: int = 0) -> str:
    """A command in the place of `lakehouse`, which keeps what it was called with."""
    program = folder / f"canary{exit_code}"
    program.write_text(f'#!/bin/sh\necho "$@" >{folder}/words\nenv >{folder}/variables\nexit {exit_code}\n')
    program.chmod(0o755)
    return str(program)


def switched(where: Place, folder: Path, made: Path) -> None:
    for words in (
        ("upload", made, where.folder),
        ("switch", made.name, where.folder, "--approve", "--canary", canary(folder)),
    ):
        ended = where.deploy(*words)
        assert ended.returncode == 0, ended.stderr


def test_a_version_is_uploaded_whole_and_never_replaced(dev: Place, tmp_path: Path) -> None:
    made, _ = release(tmp_path, "1.0.0", dev)
    for _ in range(2):
        ended = dev.deploy("upload", made, dev.folder)
        assert ended.returncode == 0, ended.stderr
    names = sorted(path.name for path in made.iterdir())
    assert dev.keys("releases/") == [f"releases/1.0.0/{name}" for name in names]
    assert dev.runs() is None
    (made / "more.txt").write_text("more")
    write_sums(made)
    ended = dev.deploy("upload", made, dev.folder)
    assert ended.returncode == 1
    assert "a version is never replaced" in ended.stderr


def test_a_role_without_terraforms_state_uploads_to_a_bucket_by_name(dev: Place, tmp_path: Path) -> None:
    made, _ = release(tmp_path, "1.0.0", dev)
    (dev.folder / "terraform.tfstate").unlink()
    repository = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{dev.repository}"
    ended = dev.deploy("upload", made, dev.folder, "--bucket", dev.bucket, "--repository", repository)
    assert ended.returncode == 0, ended.stderr
    assert "releases/1.0.0/SHA256SUMS" in dev.keys("releases/")


def test_a_version_whose_canary_passes_runs(dev: Place, tmp_path: Path) -> None:
    made, digest = release(tmp_path, "1.0.0", dev)
    switched(dev, tmp_path, made)
    assert dev.image().endswith(f"/{dev.repository}@{digest}")
    assert dev.runs() == {"version": "1.0.0", "image": dev.image(), "canary": "passed", "previous": None}
    assert dev.text("airflow/dags/daily.py") == "# of 1.0.0\n"
    assert (tmp_path / "words").read_text() == "run --only build\n"
    variables = (tmp_path / "variables").read_text().splitlines()
    assert {"LAKEHOUSE_PREFIX=lake_canary_", "LAKEHOUSE_BRONZE_PREFIX=lake_", "LAKEHOUSE_CATALOG=none"} <= {*variables}
    assert f"LAKEHOUSE_ROOT=s3://{dev.folder.name}-data-lake-bucket-name/lake" in variables


def test_a_version_whose_canary_fails_is_replaced_by_the_one_before(dev: Place, tmp_path: Path) -> None:
    good, _ = release(tmp_path, "1.0.0", dev)
    switched(dev, tmp_path, good)
    before, image = dev.runs(), dev.image()
    dev.client("s3").put_object(Bucket=dev.bucket, Key="airflow/dags/environment.json", Body=b"{}")  # as Terraform does
    bad, _ = release(tmp_path, "1.1.0", dev, dag="weekly.py")
    dev.deploy("upload", bad, dev.folder)
    ended = dev.deploy("switch", "1.1.0", dev.folder, "--approve", "--canary", canary(tmp_path, 1))
    assert ended.returncode == 1
    assert "runs 1.0.0 again, because 1.1.0 failed" in ended.stderr
    assert (dev.runs(), dev.image()) == (before, image)
    assert dev.text(f"jobs/current/{SCRIPT}") == f"{SCRIPT} of 1.0.0"
    assert dev.keys("jobs/current/") == sorted(f"jobs/current/{name}" for name in FILES)
    assert dev.keys("airflow/") == ["airflow/dags/daily.py", "airflow/dags/environment.json"]


def test_a_roll_back_runs_the_version_before(dev: Place, tmp_path: Path) -> None:
    for version in ("1.0.0", "1.1.0"):
        made, _ = release(tmp_path, version, dev)
        switched(dev, tmp_path, made)
    first = dev.runs()["previous"]
    ended = dev.deploy("rollback", dev.folder, "--approve")
    assert ended.returncode == 0, ended.stderr
    assert (dev.runs()["version"], dev.image()) == ("1.0.0", first["image"])
    ended = dev.deploy("rollback", dev.folder, "--approve")
    assert ended.returncode == 1
    assert "no version before 1.0.0" in ended.stderr


def test_the_next_environment_gets_the_same_files(dev: Place, staging: Place, tmp_path: Path) -> None:
    made, digest = release(tmp_path, "1.0.0", dev, staging)
    command = ("promote", "1.0.0", dev.folder, staging.folder, "--canary", canary(tmp_path))
    ended = staging.deploy(*command, "--approve")
    assert ended.returncode == 1
    assert "runs no release: expected 1.0.0, its canary passed" in ended.stderr
    switched(dev, tmp_path, made)
    ended = staging.deploy(*command)
    assert ended.returncode == 1
    assert "nobody approved it" in ended.stderr
    assert staging.keys("") == []
    ended = staging.deploy(*command, "--approve")
    assert ended.returncode == 0, ended.stderr
    assert staging.text("releases/1.0.0/SHA256SUMS") == (made / "SHA256SUMS").read_text()
    assert staging.image().endswith(f"/{staging.repository}@{digest}")


def test_a_file_that_changed_in_the_bucket_is_not_promoted(dev: Place, staging: Place, tmp_path: Path) -> None:
    made, _ = release(tmp_path, "1.0.0", dev, staging)
    switched(dev, tmp_path, made)
    dev.client("s3").put_object(Bucket=dev.bucket, Key=f"releases/1.0.0/{DESCRIPTION}", Body=b'{"version": "1.0.0" }')
    ended = staging.deploy("promote", "1.0.0", dev.folder, staging.folder, "--approve", "--canary", canary(tmp_path))
    assert ended.returncode == 1
    assert f"{DESCRIPTION} has the SHA-256" in ended.stderr
    assert staging.keys("") == []


def test_an_environment_with_drift_keeps_its_version(dev: Place, tmp_path: Path) -> None:
    made, _ = release(tmp_path, "1.0.0", dev)
    dev.deploy("upload", made, dev.folder)
    (dev.folder / "terraform.tfvars").write_text('image = "another"\n')
    ended = dev.deploy("switch", "1.0.0", dev.folder, "--approve", "--canary", canary(tmp_path))
    assert ended.returncode == 1
    assert "an apply would change more than the release" in ended.stderr
    assert dev.image() == "none"
