"""docs/aws.md draws the modules that there are, and the ways that lead from one to another."""

import json
import re

import pytest

from tests.docs.pages import (
    EDGE,
    GROUP,
    MODULES,
    NODE,
    code,
    diagrams,
    lacks_command,
    loose_ends,
    modules,
    page,
)

TEXT = page("aws.md")
DIAGRAMS = diagrams(TEXT)
COMPOSITION = "\n".join(file.read_text() for file in sorted((MODULES / "lakehouse").glob("*.tf")))

_CALL = re.compile(r'^module "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)


def drawn_modules() -> set[str]:
    """Nodes inside of the box `lakehouse`, and the box."""
    lines = DIAGRAMS["Architecture"].splitlines()
    begin = next(number for number, line in enumerate(lines) if GROUP.match(line))
    end = next(number for number, line in enumerate(lines) if line == "    end")
    boxes = [match[1] for line in lines[begin:end] if (match := GROUP.match(line))]
    nodes = {match[1] for line in lines[begin:end] if (match := NODE.match(line)) and match[1] not in boxes}
    return {boxes[0], *nodes}


def wired() -> set[frozenset[str]]:
    """Pairs of modules of which one gets something from the other."""
    calls = dict(_CALL.findall(COMPOSITION))
    # what a module gets through a local value of the composition
    through = {
        "local.names": ["compute"],
        "local.archive_roles": ["access"],
        "local.settings": ["lake", "catalog", "state"],
    }
    assert all(re.search(rf"^  {local.removeprefix('local.')} +=", COMPOSITION, re.MULTILINE) for local in through)
    return {
        frozenset({name, other})
        for name, body in calls.items()
        for other in [
            *re.findall(r"module\.(\w+)", body),
            *(to for local, found in through.items() if local in body for to in found),
        ]
    }


def test_every_module_is_drawn_and_nothing_else() -> None:
    assert drawn_modules() == {folder.name for folder in modules()}


def test_a_line_between_two_modules_is_a_wire_of_the_composition() -> None:
    drawn = drawn_modules()
    edges = [match.groups() for line in DIAGRAMS["Architecture"].splitlines() if (match := EDGE.match(line))]
    between = [edge for edge in edges if set(edge) <= drawn]
    assert len(between) > 10
    assert [edge for edge in between if frozenset(edge) not in wired()] == []


@pytest.mark.parametrize("heading", ["Architecture", "Data flow", "Network"])
def test_an_edge_leads_from_node_to_node(heading: str) -> None:
    assert loose_ends(DIAGRAMS[heading]) == set()


def test_features_are_drawn_as_features() -> None:
    dashed = set(re.findall(r"^\s*(\w+)\[.*:::feature$", DIAGRAMS["Architecture"], re.MULTILINE))
    by_feature = {name for name, body in _CALL.findall(COMPOSITION) if re.search(r"^  count +=", body, re.MULTILINE)}
    assert dashed == by_feature


def test_the_network_has_the_endpoints_of_the_module() -> None:
    text = (MODULES / "network" / "endpoints.tf").read_text()
    [interfaces] = re.findall(r"interfaces = setunion\(\s*(\[[^\]]*\])", text)
    [gateways] = re.findall(r"gateways = toset\((\[[^\]]*\])\)", text)
    drawn = DIAGRAMS["Network"].replace("<br/>", " ")
    assert _listed(drawn, "Interface endpoints") == json.loads(interfaces)
    assert _listed(drawn, "Gateway endpoints") == json.loads(gateways)
    assert f"| {len(json.loads(interfaces))} endpoints x " in TEXT


def _listed(drawn: str, label: str) -> list[str]:
    [words] = re.findall(rf'"{label} ([^"]*)"', drawn)
    return [word.strip() for word in words.split(",")]


def test_every_variable_is_one() -> None:
    known = set(re.findall(r'^variable "(\w+)"', COMPOSITION, re.MULTILINE))
    cells = [
        line.split("|")[1] for line in TEXT.partition("## Variables")[2].partition("## ")[0].splitlines() if "|" in line
    ]
    named = [name for cell in cells for name in code(cell)]
    assert len(named) > 10
    assert [name for name in named if name not in known] == []


def test_every_feature_is_one() -> None:
    features = set(re.findall(r"^    (\w+) += ", (MODULES / "lakehouse" / "features.tf").read_text(), re.MULTILINE))
    asked = set(re.findall(r'"(\w+)"=(?:true|false)|(\w+) = (?:true|false)', TEXT))
    assert asked
    assert {name for pair in asked for name in pair if name} <= features


def test_every_command_can_be_typed() -> None:
    commands = [word for word in code(TEXT) if word.startswith(("make ", "lakehouse ")) and "<" not in word]
    assert commands
    assert [fault for fault in map(lacks_command, commands) if fault] == []
