"""The version of a release: of one commit, without anything that the commit lacks."""

import subprocess
import tomllib
from dataclasses import dataclass

from ingestion.settings import PROJECT


class ReleaseError(RuntimeError):
    """A release can't be made: what failed, why, and the command to go on with."""


@dataclass(frozen=True)
class Identity:
    """The commit that a release is made from."""

    version: str
    """The tag's, such as 1.2.0; without a tag `<pyproject's>-<first 8 digits of the commit>`."""
    commit: str
    epoch: int
    """Seconds since 1970 of the commit: every file of the release has this time."""


def identity() -> Identity:
    """Return the identity of the commit that is checked out. Raises ReleaseError where files differ from it."""
    if changed := git("status", "--porcelain"):
        raise ReleaseError(
            f"{PROJECT} differs from its commit: {', '.join(changed.splitlines()[:3])}; commit or remove it, then "
            "`make release`"
        )
    commit, epoch = git("log", "-1", "--format=%H %ct").split()
    return Identity(_version(commit), commit, int(epoch))


def _version(commit: str) -> str:
    declared = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    tags = [tag for tag in git("tag", "--points-at", commit).split() if tag.startswith("v")]
    if not tags:
        return f"{declared}-{commit[:8]}"
    if tags != [f"v{declared}"]:
        raise ReleaseError(
            f"the commit has the tag {', '.join(tags)}, pyproject.toml the version {declared}: expected v{declared}; "
            "set the version, commit, and tag that commit"
        )
    return str(declared)


def git(*words: str) -> str:
    """Return what a command of git prints. Raises ReleaseError."""
    ended = subprocess.run(["git", "-C", PROJECT, *words], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ReleaseError(f"git {words[0]} failed in {PROJECT}: {' '.join(ended.stderr.split())}")
    return ended.stdout.strip()
