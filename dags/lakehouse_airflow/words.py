"""A step's command, with the parameters of a run in it."""

import json
from collections.abc import Mapping
from typing import Any

SOURCE = "{source}"


def words(step: Mapping[str, Any], source: str | None, parameters: Mapping[str, Any]) -> list[str] | str:
    """Return the words after `lakehouse`: a list, or a template of a list where they depend on the run's parameters.

    A template gives the list itself, because the DAGs render templates as native objects: no word is ever split, and
    none reaches a shell.
    """
    known = [source if word == SOURCE else word for word in step["command"]]
    options = {name: more for name, more in step["options"].items() if name in parameters}
    if not options and not any(_is_parameter(word) for word in known):
        return known
    listed = ", ".join(f"params.{word[1:-1]}" if _is_parameter(word) else json.dumps(word) for word in known)
    more = "".join(f" + ({json.dumps(more)} if params.{name} else [])" for name, more in options.items())
    return "{{ [" + listed + "]" + more + " }}"


def _is_parameter(word: str | None) -> bool:
    return word is not None and word.startswith("{")
