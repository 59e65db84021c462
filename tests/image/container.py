"""A container of an image, as an engine without a daemon runs it: its mount namespace, its user, a read-only root.

Buildah's own `run` has no read-only root file system, so what Fargate does is done here with mount(8) and chroot(1):
the root is bound read-only, the image's volumes are writable. The network and the processes are the machine's.
"""

import json
import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = """
set -e
mount --bind "$ROOT" "$ROOT"
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount -t tmpfs -o mode=1777 tmpfs "$ROOT/tmp"
if [ -n "$HOME_FOLDER" ]; then mount --bind "$HOME_FOLDER" "$ROOT/var/lib/lakehouse"; fi
mount -o remount,bind,ro "$ROOT"
exec chroot --userspec="$IMAGE_USER" "$ROOT" /usr/bin/env --ignore-environment --chdir="$WORKDIR" "$@"
"""


@dataclass(frozen=True)
class Container:
    """An image's files, and what it says of itself."""

    root: Path
    config: Mapping[str, Any]
    """Docker's: Env, User, Entrypoint, Volumes, Healthcheck and more."""
    history: str

    @property
    def env(self) -> dict[str, str]:
        """The image's variables."""
        return dict(line.split("=", 1) for line in self.config["Env"])

    def command(
        self,
        words: Sequence[str],
        *,
        home: Path | None = None,
        user: str = "",
        entrypoint: Sequence[str] = (),
        **env: str,
    ) -> tuple[list[str], dict[str, str]]:
        """Return a command that runs these words by the image's entry point, and the environment that it needs.

        `home` is the volume of /var/lib/lakehouse, which is read-only without one.
        """
        variables = [f"{name}={value}" for name, value in {**self.env, **env}.items()]
        inside = [*variables, *(entrypoint or self.config["Entrypoint"]), *words]
        outside = {
            "PATH": os.environ["PATH"],
            "ROOT": str(self.root),
            "HOME_FOLDER": str(home or ""),
            "IMAGE_USER": user or self.config["User"],
            "WORKDIR": self.config["WorkingDir"],
        }
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", SCRIPT, "sh", *inside], outside

    def run(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        command, environment = self.command(words, **options)
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    def healthy(self, **options: Any) -> bool:
        """Return what the image's health check says."""
        kind, script = self.config["Healthcheck"]["Test"]
        assert kind == "CMD-SHELL"
        return self.run(script, entrypoint=("/bin/sh", "-c"), **options).returncode == 0


@contextmanager
def container(image: str) -> Iterator[Container]:
    """Yield a container of an image; it is removed at the end."""
    name = buildah("from", "--pull-never", image)
    try:
        root = Path(buildah("mount", name))
        about = json.loads(buildah("inspect", "--type", "image", image))
        yield Container(root, about["Docker"]["config"], json.dumps(about["Docker"]["history"]))
    finally:
        buildah("rm", name)


def size_mb(image: str) -> float:
    """Return the megabytes of an image's layers, unpacked."""
    [found] = json.loads(buildah("images", "--json", image))
    number, unit = found["size"].split()
    return float(number) * {"KB": 0.001, "MB": 1, "GB": 1000}[unit]


def buildah(*words: str) -> str:
    """Run Buildah; returns what it prints. Fails with its words."""
    ran = subprocess.run(["buildah", *words], capture_output=True, text=True)
    assert ran.returncode == 0, f"{shlex.join(['buildah', *words])}: {ran.stderr}"
    return ran.stdout.strip()
