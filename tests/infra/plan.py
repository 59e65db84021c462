"""A plan as `terraform show -json` gives it: what it would make, with values where they are known before."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

INDEX = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class Resource:
    """A resource, or a data source that is read when the plan is applied."""

    address: str
    type: str
    values: Mapping[str, Any]
    """Attributes that are known; blocks are lists of mappings."""
    written: Mapping[str, Any]
    """Arguments that its configuration has, as Terraform's expressions: an argument that is not here was not given."""

    def has(self, argument: str) -> bool:
        """True if the configuration gives the argument and its value is not known to be empty."""
        return argument in self.written and self.values.get(argument, "unknown until applied") not in (None, "", [])


class Plan:
    """What a plan would make."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Args: document: of `terraform show -json PLAN`."""
        self._document = document
        self.resources = [self._resource(change) for change in document["resource_changes"]]
        self.outputs: Mapping[str, Any] = document["planned_values"].get("outputs", {})

    def of(self, *types: str) -> list[Resource]:
        """Resources of some types."""
        return [resource for resource in self.resources if resource.type in types]

    def policies(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """(address, statement) of each policy document that the plan reads, now or when it is applied."""
        documents = [resource for resource in self.resources if resource.type == "aws_iam_policy_document"]
        known = self._document.get("prior_state", {}).get("values", {}).get("root_module", {})
        for address, values in [*((one.address, one.values) for one in documents), *_data(known)]:
            for statement in values.get("statement") or ():
                yield address, statement

    def _resource(self, change: Mapping[str, Any]) -> Resource:
        values = change["change"].get("after") or {}
        return Resource(change["address"], change["type"], values, self._written(change["address"]))

    def _written(self, address: str) -> Mapping[str, Any]:
        *modules, kind, name = INDEX.sub("", address).replace("data.", "").split(".")
        place = self._document["configuration"]["root_module"]
        for module in (name for name in modules if name != "module"):
            place = place["module_calls"][module]["module"]
        found = [one for one in place["resources"] if (one["type"], one["name"]) == (kind, name)]
        return found[0].get("expressions", {}) if found else {}


def _data(module: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources", ()):
        if resource["type"] == "aws_iam_policy_document":
            yield resource["address"], resource["values"]
    for child in module.get("child_modules", ()):
        yield from _data(child)
