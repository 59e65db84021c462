"""The life of a service, shown with one that is cheap: Python's own file server."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from devstack import health, ports
from devstack.catalog import Ports, Service
from devstack.instance import Instance, ServiceFailed
from ingestion.settings import Settings


def server(_: Settings, chosen: Ports) -> list[str]:
    return [sys.executable, "-m", "http.server", str(chosen["files"]), "--bind", "127.0.0.1"]


def service(command: Callable[[Settings, Ports], list[str]] = server, **more: object) -> Service:
    values = {"address": "http://127.0.0.1:{port}", "environment": {}, "check": lambda port: health.http(port, "/")}
    return Service(name="files", command=command, **(values | more))  # type: ignore[arg-type]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Instance]]:
    """Instances that share one home; what still runs is stopped at the end."""
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    settings = Settings.load()
    for folder in ("pids", "logs"):
        (settings.services / folder).mkdir(parents=True)
    chosen = ports.settle(settings.services / "ports.json", ["files"], running=[])

    def instance(*arguments: Callable[[Settings, Ports], list[str]], **more: object) -> Instance:
        return Instance(settings, service(*arguments, **more), chosen)

    yield instance
    instance().stop()


def test_a_service_is_started_once(make: Callable[..., Instance]) -> None:
    assert make().ensure() == "started"
    process = make().process
    assert make().ensure() == "running"
    assert make().process == process


def test_a_killed_service_is_restarted(make: Callable[..., Instance]) -> None:
    make().ensure()
    process = make().process
    assert process is not None
    process.kill()
    process.wait(120)
    assert make().fault() is not None
    assert make().ensure() == "restarted"
    assert make().fault() is None


def test_a_service_whose_command_changed_is_restarted(make: Callable[..., Instance]) -> None:
    make().ensure()
    assert make(lambda *both: [*server(*both), "--protocol", "HTTP/1.1"]).ensure() == "restarted"


def test_a_service_is_filled_after_each_start_only(make: Callable[..., Instance]) -> None:
    filled: list[int] = []
    instance = make()
    for _ in range(2):
        instance.ensure(lambda _: filled.append(instance.port))
    assert filled == [instance.port]


def test_a_service_that_can_not_be_filled_says_why(make: Callable[..., Instance]) -> None:
    def unfit(*_: object) -> None:
        raise health.Unwell("PUT /bucket answered 500")

    with pytest.raises(ServiceFailed, match=r"files at http.* could not be filled: PUT /bucket answered 500"):
        make().ensure(unfit)


def test_a_start_that_was_cut_short_is_done_again(make: Callable[..., Instance]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make().ensure(interrupted)
    filled: list[Settings] = []
    assert make().ensure(filled.append) == "restarted"
    assert filled


def test_a_service_that_dies_says_why(make: Callable[..., Instance]) -> None:
    dying = make(lambda *_: [sys.executable, "-c", "raise SystemExit('no coffee left')"])
    with pytest.raises(ServiceFailed, match=r"files does not answer at http.*\n.*no coffee left"):
        dying.ensure()
    assert dying.process is None
    assert not dying.file.exists()


def test_a_service_that_never_answers_is_given_up_and_ended(make: Callable[..., Instance]) -> None:
    deaf = make(lambda *_: [sys.executable, "-c", "import time; time.sleep(600)"], deadline=1.0)
    before = set(psutil.Process().children())
    with pytest.raises(ServiceFailed):
        deaf.ensure()
    assert set(psutil.Process().children()) <= before


def test_a_service_that_needs_a_second_try_gets_it(make: Callable[..., Instance], tmp_path: Path) -> None:
    mark = tmp_path / "tried"
    code = f"import os, sys; p = {str(mark)!r}; there = os.path.exists(p); open(p, 'w').close()\n"
    code += "sys.exit('not yet') if not there else os.execv(sys.executable, sys.argv[1:])"
    hesitant = make(lambda *both: [sys.executable, "-c", code, *server(*both)])
    assert hesitant.ensure() == "started"
    assert hesitant.fault() is None


def test_stop_says_whether_it_ran(make: Callable[..., Instance]) -> None:
    make().ensure()
    assert make(end=signal.SIGINT).stop() is True
    assert make().stop() is False
