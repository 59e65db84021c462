"""How local services live and die: kept ports, kept data, healing, and no process left behind."""

import json
import os
import shlex
import signal
import socket
import stat
import subprocess
import sys
import types
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import snowflake.connector
import tenacity
from click.testing import CliRunner

from devstack import processes, startup
from devstack import services as local
from devstack.catalog import BUCKETS
from ingestion.settings import SettingError, Settings
from operations.commands import down, env, up
from operations.emulators import use_local_services
from tests.emulated_aws import client

LAKEHOUSE = [sys.executable, "-c", "from operations.cli import main; main()"]
FEW = ("postgres", "redshift", "fx")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A LAKEHOUSE_HOME of the test's own, in which nothing runs yet."""
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    yield Settings.load()
    local.down(Settings.load())


def pids(home: Settings) -> dict[str, int]:
    return {one.name: one.pid for one in local.status(home) if one.pid}


def states(home: Settings, *names: str) -> dict[str, str]:
    return {one.name: one.state for one in startup.up(home, names)}


def shop(home: Settings) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(local.environment(home)["SOURCES__POSTGRES__CREDENTIALS"], autocommit=True)


def test_up_starts_what_is_not_running_and_down_stops_all(home: Settings) -> None:
    assert states(home, "fx") == {"fx": "started"}
    first = pids(home)
    assert states(home, "redshift", "fx") == {"postgres": "started", "redshift": "started", "fx": "running"}
    running = pids(home)
    assert running["fx"] == first["fx"]
    family = [process for pid in running.values() for process in family_of(pid)]
    assert len(family) > len(running)  # PostgreSQL has children

    assert local.down(home, ["fx"]) == ["fx"]
    assert pids(home).keys() == {"postgres", "redshift"}
    assert sorted(local.down(home)) == ["postgres", "redshift"]
    assert pids(home) == {}
    assert [process for process in family if lives(process)] == []
    assert local.down(home) == []


def lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):  # its parent may collect it between two questions
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def family_of(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def test_killed_services_are_healed_at_their_ports_with_their_data(home: Settings) -> None:
    startup.up(home, FEW)
    before = local.environment(home)
    with shop(home) as connection:
        connection.execute("create table kept as select 42 as answer")
    old = pids(home)
    for pid in old.values():
        os.kill(pid, signal.SIGKILL)
    wait_until_gone(old)

    assert states(home, *FEW) == dict.fromkeys(FEW, "restarted")
    assert local.environment(home) == before
    assert not set(pids(home).values()) & set(old.values())
    with shop(home) as connection:
        assert connection.execute("select answer from kept").fetchall() == [(42,)]


@tenacity.retry(stop=tenacity.stop_after_delay(120), wait=tenacity.wait_fixed(0.05), reraise=True)
def wait_until_gone(old: dict[str, int]) -> None:
    for pid in old.values():
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_service_that_died_keeps_its_address_so_that_its_absence_is_named(home: Settings) -> None:
    startup.up(home, ["fx", "salesforce"])
    before = local.environment(home)
    dead = {"fx": pids(home)["fx"]}
    os.kill(dead["fx"], signal.SIGKILL)
    wait_until_gone(dead)
    assert local.environment(home) == before
    assert {one.name for one in local.status(home) if one.healthy} == {"salesforce"}
    local.down(home, ["salesforce"])
    assert local.environment(home) == {}
    with pytest.raises(SettingError, match="the local services are not running: lakehouse up"):
        use_local_services(home)


def test_a_service_that_was_stopped_is_not_taken_for_the_real_cloud(home: Settings) -> None:
    startup.up(home, ["moto", "fx"])
    local.down(home, ["moto"])
    assert local.environment(home)["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")


def test_data_and_ports_outlive_down(home: Settings) -> None:
    startup.up(home, ["postgres"])
    before = local.environment(home)
    with shop(home) as connection:
        connection.execute("create table kept as select 42 as answer")
    local.down(home)
    startup.up(home, ["postgres"])
    assert local.environment(home) == before
    with shop(home) as connection:
        assert connection.execute("select answer from kept").fetchall() == [(42,)]


def test_a_port_that_a_stranger_took_is_changed_and_followed(home: Settings) -> None:
    startup.up(home, ["redshift"])
    address = local.environment(home)["SOURCES__POSTGRES__CREDENTIALS"]
    local.down(home)
    port = int(address.rpartition(":")[2].partition("/")[0])
    with socket.create_server(("127.0.0.1", port)):
        startup.up(home, ["redshift"])
        now = local.environment(home)
        assert now["SOURCES__POSTGRES__CREDENTIALS"] != address
        analytics = now["SOURCES__REDSHIFT__CREDENTIALS"].replace("redshift:", "postgresql:")
        with psycopg.connect(analytics) as connection:  # the gateway knows PostgreSQL's new port
            assert connection.execute("select current_database()").fetchone() == ("analytics",)


def test_two_ups_at_once_start_each_service_once_and_write_for_this_user_alone(home: Settings) -> None:
    home.home.chmod(0o755)
    both = [subprocess.Popen([*LAKEHOUSE, "up", *FEW], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=900)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    said = sorted(sum(line.split()[-1] == "started" for line in output.splitlines()) for output in outputs)
    assert said == [0, 3]
    record = processes.read(home.services / "pids" / "postgres.json")
    assert record is not None
    servers = [
        one for one in psutil.process_iter(["cmdline"]) if str(home.services) in " ".join(one.info["cmdline"] or ())
    ]
    assert [one.pid for one in servers] == [record.pid]
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in (home.home, *home.home.rglob("*"))}
    assert {path: f"{mode:o}" for path, mode in modes.items() if mode & 0o077} == {}


def test_an_up_that_was_killed_is_finished_by_the_next(home: Settings) -> None:
    interrupted = subprocess.Popen([*LAKEHOUSE, "up", "postgres"], stdout=subprocess.DEVNULL)
    record = home.services / "pids" / "postgres.json"

    @tenacity.retry(stop=tenacity.stop_after_delay(120), wait=tenacity.wait_fixed(0.01), reraise=True)
    def spawned() -> None:
        assert record.is_file()

    spawned()
    interrupted.kill()
    interrupted.wait()
    assert set(states(home, "postgres").values()) <= {"restarted", "running"}
    with shop(home) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_stopped_s3_comes_back_with_its_buckets_and_the_demos_files(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = types.ModuleType("devstack.generator")
    monkeypatch.setitem(sys.modules, "devstack.generator", generator)
    refilled: list[Settings] = []
    generator.refill = refilled.append  # type: ignore[attr-defined]
    startup.up(home, ["moto"])
    assert refilled == []  # no demo was generated yet
    (home.services / "demo.json").write_text("{}")
    local.down(home, ["moto"])
    startup.up(home, ["moto"])
    startup.up(home, ["moto"])
    assert refilled == [home]
    store = client(local.environment(home), "s3")
    assert {bucket["Name"] for bucket in store.list_buckets()["Buckets"]} == set(BUCKETS)


def test_the_commands_say_what_they_did(home: Settings) -> None:
    run = CliRunner().invoke
    assert run(env.command).stdout == ""
    assert "not running: lakehouse up" in run(env.command).stderr
    assert "nothing was running" in run(down.command).output
    started = run(up.command, ["fx"])
    assert started.exit_code == 0
    assert "http://127.0.0.1:" in started.output
    values = json.loads(run(env.command, ["--json"]).output)
    assert values == local.environment(home)
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())
    assert run(env.command).output == exports
    assert run(up.command, ["oracle"]).exit_code == 2
    assert run(down.command).output == "stopped fx\n"


@pytest.fixture
def snowflake_home(home: Settings) -> dict[str, str]:
    startup.up(home, ["snowflake"])
    return local.environment(home)


def connected(environment: dict[str, str]) -> Any:
    prefix = "LAKEHOUSE_SNOWFLAKE_"
    address: dict[str, Any] = {k[len(prefix) :].lower(): v for k, v in environment.items() if k.startswith(prefix)}
    return snowflake.connector.connect(**address | {"port": int(address["port"])})


def test_snowflake_keeps_its_data_ends_under_open_connections_and_after_kill(
    home: Settings, snowflake_home: dict[str, str]
) -> None:
    connection = connected(snowflake_home)
    cursor = connection.cursor()
    cursor.execute("create database extra")
    cursor.execute("create table analytics.public.kept as select 42 as answer, null::timestamp_ntz as moment")
    cursor.execute("begin")
    cursor.execute("insert into analytics.public.kept values (43, null)")
    os.kill(pids(home)["snowflake"], signal.SIGKILL)

    assert states(home, "snowflake") == {"snowflake": "restarted"}
    with connected(snowflake_home) as again:  # left open while the server ends
        kept = "select answer, moment from analytics.public.kept"
        assert again.cursor().execute(kept).fetchall() == [(42, None)]
        again.cursor().execute("insert into analytics.public.kept values (44, null)")
        assert local.down(home) == ["snowflake"]
        said = (home.services / "logs" / "snowflake.log").read_text()
        assert "Traceback" not in said
        startup.up(home, ["snowflake"])
    with connected(snowflake_home) as third:
        assert [row[0] for row in third.cursor().execute(kept + " order by 1").fetchall()] == [42, 44]
        databases = {row[1] for row in third.cursor().execute("show databases").fetchall()}
        assert databases >= {"SHOP", "ANALYTICS", "EXTRA"}


def test_up_makes_a_bucket_that_a_running_store_lacks(home: Settings) -> None:
    assert states(home, "moto") == {"moto": "started"}
    store = client(local.environment(home), "s3")
    store.put_object(Bucket=BUCKETS[1], Key="kept", Body=b"x")
    store.delete_bucket(Bucket=BUCKETS[0])
    assert states(home, "moto") == {"moto": "running"}
    assert {bucket["Name"] for bucket in store.list_buckets()["Buckets"]} >= set(BUCKETS)
    assert store.get_object(Bucket=BUCKETS[1], Key="kept")["Body"].read() == b"x"
