"""The SQL of infra/snowflake, taken apart."""

import re

from ingestion.settings import PROJECT

FILES = sorted((PROJECT / "infra" / "snowflake").glob("*.sql"))
SETTING = re.compile(r"^set (\w+) = (.+);$", re.MULTILINE)


def without_comments(text: str) -> str:
    """Comments are lines of their own."""
    return re.sub(r"--.*", "", text)


def statements(text: str) -> list[str]:
    """Statements without comments; no file has a semicolon within a text."""
    return [part.strip() for part in without_comments(text).split(";") if part.strip()]


def filled_in(text: str) -> str:
    """Variables replaced by their values, where neither sqlfluff's grammar nor the emulator knows one."""
    values = dict(SETTING.findall(text))
    text = re.sub(r"identifier\(\$(\w+)\)", lambda name: str(values[name[1]]).strip("'"), text)
    return re.sub(r"\$(\w+)", lambda name: str(values[name[1]]), text)
