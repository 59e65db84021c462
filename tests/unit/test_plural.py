import re

import pytest

from ingestion.plural import agreeing, plural
from ingestion.settings import PROJECT

ALWAYS_PLURAL = re.compile(r"\{(?:len\((?!names)[^{}]*\)|[^{}]*:,)\} (?:more )?[a-z]+s\b")
"""A number in an f-string, and a noun in the plural whatever the number is."""


@pytest.mark.parametrize(("number", "text"), [(0, "0 nodes"), (1, "1 node"), (1000, "1,000 nodes")])
def test_a_noun_agrees_with_its_number(number: int, text: str) -> None:
    assert plural(number, "node") == text
    assert agreeing(number, "is", "are") == ("is" if number == 1 else "are")


def test_no_message_has_a_plural_behind_every_number() -> None:
    files = [path for room in ("operations", "ingestion") for path in (PROJECT / room).rglob("*.py")]
    assert len(files) > 100
    assert [(path.name, found) for path in files for found in ALWAYS_PLURAL.findall(path.read_text())] == []
