"""Pages of docs/ as tests read them: tables and diagrams, and what the project has of the things that they name."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click

from ingestion.settings import PROJECT
from operations.cli import VERBS

INFRA = PROJECT / "infra"
MODULES = INFRA / "modules"

_RESOURCE = re.compile(r'^(resource|data) "(\w+)" "(\w+)" \{$', re.MULTILINE)
_RUN = re.compile(r'^run "(\w+)" \{$', re.MULTILINE)
_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)
_DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
NODE = re.compile(r"^\s*(\w+)(?:\[|\{|\()")
GROUP = re.compile(r"^\s*subgraph (\w+)")
EDGE = re.compile(r"^\s*(\w+)\S* [-.]+>(?:\|[^|]*\|)? (\w+)")


def page(name: str) -> str:
    """Return the text of a page of docs/."""
    return (PROJECT / "docs" / name).read_text()


def rows(text: str, *header: str) -> list[dict[str, str]]:
    """Return the rows of every table that has this header, by its columns."""
    found, inside = [], False
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells == list(header):
            inside = True
        elif not cells:
            inside = False
        elif inside and not set(line) <= set("|- "):
            assert len(cells) == len(header), f"a row with {len(cells)} cells: {line}"
            found.append(dict(zip(header, cells, strict=True)))
    return found


def code(text: str) -> list[str]:
    """Return what stands between backticks, diagrams left out."""
    return re.findall(r"`([^`]+)`", _DIAGRAM.sub("", text))


def diagrams(text: str) -> dict[str, str]:
    """Return the Mermaid diagrams by the heading above each."""
    found = {}
    for match in _DIAGRAM.finditer(text):
        [*_, heading] = _HEADING.findall(text[: match.start()])
        assert heading not in found, f"two diagrams below {heading!r}"
        found[heading] = match[1]
    return found


def loose_ends(diagram: str) -> set[str]:
    """Return the ends of edges that are no node: Mermaid draws a node of its own for a name that is misspelled."""
    lines = diagram.splitlines()
    named = {match[1] for line in lines if (match := NODE.match(line) or GROUP.match(line))}
    # a node may be described where a line begins or ends
    named |= set(re.findall(r"(\w+)(?:\[|\{|\()", diagram))
    edges = [match.groups() for line in lines if (match := EDGE.match(line))]
    assert edges
    return {end for edge in edges for end in edge} - named


@cache
def resources() -> frozenset[str]:
    """Return the addresses of all resources and data sources: `module.<folder of infra/modules>.<type>.<name>`.

    Those of infra/bootstrap begin with `bootstrap.`.
    """
    places = {**{f"module.{folder.name}": folder for folder in modules()}, "bootstrap": INFRA / "bootstrap"}
    return frozenset(
        ".".join([prefix, *(["data"] if kind == "data" else []), type_, name])
        for prefix, folder in places.items()
        for file in folder.glob("*.tf")
        for kind, type_, name in _RESOURCE.findall(file.read_text())
    )


def modules() -> list[Path]:
    """Return the folders of infra/modules."""
    return sorted(folder for folder in MODULES.iterdir() if folder.is_dir())


@dataclass(frozen=True)
class Test:
    """A test function, or a `run` of Terraform's tests."""

    __test__ = False

    file: str
    """Below the project's folder."""
    name: str

    def is_called(self, reference: str) -> bool:
        """True for `<end of the file's path>::<name>`."""
        file, _, name = reference.partition("::")
        return name == self.name and f"/{self.file}".endswith(f"/{file}")


@cache
def tests() -> tuple[Test, ...]:
    """Return every test of the project."""
    return tuple(_tests())


def _tests() -> Iterator[Test]:
    for folder in ("tests", "adapters/dbt-lake/tests"):
        for file in (PROJECT / folder).rglob("test_*.py"):
            for node in ast.parse(file.read_text()).body:
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    yield Test(str(file.relative_to(PROJECT)), node.name)
    for file in INFRA.rglob("*.tftest.hcl"):
        if ".terraform" not in file.parts:
            yield from (Test(str(file.relative_to(PROJECT)), name) for name in _RUN.findall(file.read_text()))


def lacks_test(reference: str) -> str:
    """Return what is wrong with a reference to a test; nothing if it names exactly one."""
    found = [test for test in tests() if test.is_called(reference)]
    return "" if len(found) == 1 else f"{reference}: {len(found)} tests have this name"


def lacks_command(command: str) -> str:
    """Return what is wrong with a command of make, lakehouse or `python -m`; nothing if it can be typed."""
    program, *words = command.split()
    if program == "make":
        unknown = [word for word in words if "=" not in word and word not in make_targets()]
        return f"{command}: the Makefile has no {unknown[0]}" if unknown else ""
    if program == "lakehouse":
        return _lacks_verb(command, words)
    if (program, *words[:1]) == ("python", "-m") and words[1:]:
        place = PROJECT / words[1].replace(".", "/")
        return (
            "" if place.with_suffix(".py").is_file() or (place / "__main__.py").is_file() else f"{command}: no module"
        )
    return f"{command}: expected make, lakehouse or python -m"


@cache
def make_targets() -> frozenset[str]:
    """Return the targets of the Makefile."""
    return frozenset(_TARGET.findall((PROJECT / "Makefile").read_text()))


def _lacks_verb(command: str, words: list[str]) -> str:
    if words in (["--version"], ["--help"], ["-h"]):
        return ""
    if not words or words[0] not in VERBS:
        return f"{command}: no such verb"
    called: click.Command = importlib.import_module(f"operations.commands.{words[0].replace('-', '_')}").command
    rest = words[1:]
    while isinstance(called, click.Group) and rest and rest[0] in called.commands:
        called, rest = called.commands[rest[0]], rest[1:]
    known = {option for parameter in called.params for option in parameter.opts}
    unknown = [word for word in rest if word.startswith("-") and word.partition("=")[0] not in known]
    return f"{command}: no option {unknown[0]}" if unknown else ""
