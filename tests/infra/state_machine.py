"""A state machine's definition as a Mermaid diagram."""

from collections.abc import Iterator, Mapping
from typing import Any

INDENT = "    "


def diagram(definition: Mapping[str, Any]) -> str:
    """Draw a definition in Amazon States Language, states in the order in which a run meets them."""
    return "\n".join(["stateDiagram-v2", *_machine(definition, INDENT)]) + "\n"


def _machine(machine: Mapping[str, Any], indent: str) -> Iterator[str]:
    states = machine["States"]
    yield f"{indent}[*] --> {machine['StartAt']}"
    for name in _met(machine):
        state = states[name]
        if state["Type"] == "Map":
            yield f"{indent}state {name} {{"
            yield from _machine(state["ItemProcessor"], indent + INDENT)
            yield f"{indent}}}"
        for to, why in _ways(state):
            yield f"{indent}{name} --> {to}" + (f": {why}" if why else "")


def _met(machine: Mapping[str, Any]) -> list[str]:
    """Names in the order of a search that takes the way of success first."""
    met: list[str] = []
    left = [machine["StartAt"]]
    while left:
        name = left.pop(0)
        if name not in met and name != "[*]":
            met.append(name)
            left += [to for to, _ in _ways(machine["States"][name])]
    return met


def _ways(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    # what is repeated because nothing has run is left out
    retried = sum(one["MaxAttempts"] for one in state.get("Retry", ()) if "States.TaskFailed" in one["ErrorEquals"])
    if "Next" in state:
        yield state["Next"], ""
    for choice in state.get("Choices", ()):
        yield choice["Next"], "yes"
    if "Default" in state:
        yield state["Default"], "no"
    for caught in state.get("Catch", ()):
        if caught["Next"] != state.get("Next"):
            yield caught["Next"], f"error, after {retried} retries" if retried else "error"
    if state.get("End") or state["Type"] in ("Succeed", "Fail"):
        yield "[*]", ""
