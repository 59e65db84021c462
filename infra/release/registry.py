"""The image of a release in an environment's ECR repository, by digest: skopeo copies it as it is.

Needs skopeo (Debian: apt-get install skopeo). ECR's tags are immutable, so a version is pushed once.
"""

import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.release.identity import ReleaseError


def digest_of(archive: Path) -> str:
    """Return the digest of the image in an OCI archive: that of its manifest."""
    with tarfile.open(archive) as tar:
        index = tar.extractfile("index.json")
        if index is None:
            raise ReleaseError(f"{archive} is no OCI archive: its index.json is no file; make the release again")
        return str(json.load(index)["manifests"][0]["digest"])


def push(archive: Path, repository: str, version: str, ecr: Any) -> str:
    """Copy the image into a repository unless it is there; returns its address by digest. Raises ReleaseError.

    Args: repository: its URL, as Terraform's output ecr_repository_url has it; ecr: boto3's client.
    """
    digest = digest_of(archive)
    if not _is_there(ecr, repository.split("/", 1)[1], digest):
        with TemporaryDirectory() as folder:
            _copy(archive, f"docker://{repository}:{version}", _login(ecr, repository, Path(folder)))
    return f"{repository}@{digest}"


def _copy(archive: Path, target: str, login: Path) -> None:
    program = shutil.which("skopeo")
    if program is None:
        raise ReleaseError("skopeo is not on the PATH: expected it to push the image; apt-get install skopeo")
    words = ["copy", "--preserve-digests", "--dest-authfile", str(login), f"oci-archive:{archive}", target]
    ended = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ReleaseError(f"skopeo could not copy {archive} to {target}: {' '.join(ended.stderr.split())}")


def _login(ecr: Any, repository: str, folder: Path) -> Path:
    """Write ECR's token to a file that only this user reads: words of a command are seen by others."""
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    file = folder / "auth.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({"auths": {repository.split("/", 1)[0]: {"auth": token}}}))
    return file


def _is_there(ecr: Any, repository: str, digest: str) -> bool:
    try:
        return bool(ecr.describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])["imageDetails"])
    except ecr.exceptions.ImageNotFoundException:
        return False
