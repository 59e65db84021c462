"""Mask the secrets among the settings in force, by value, in text that leaves the process.

A secret is masked as it is, percent-encoded, escaped, and on one line; of a URL or a DSN that holds one, the password
and the values of its query are secrets too. Known are the secrets of the environment, read at each call, and those
that `remember` got: what a source resolved from a file or a secrets manager.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, TextIO
from urllib.parse import quote, quote_plus, unquote

MASK = "***"
LOOKS_SECRET = re.compile(r"(?:PASSWORD|SECRET|TOKEN|PASSPHRASE|CREDENTIALS|PRIVATE_KEY$)(?!.*_(?:FILE|PATH)$)")
"""Names of variables whose whole value is a secret."""
OURS = ("LAKEHOUSE_", "SOURCES__", "AWS_", "DLT_")
LINE_OF_A_KEY = 16
SHORT = 4
"""Shorter secrets are masked as whole words only: else a message would lose every letter `a`."""

_URL_PASSWORD = re.compile(r"(://[^:@/\s]*:)[^@/\s]+@")
_DSN_PASSWORD = re.compile(r"""(?:password|pwd|passwd)\s*=\s*('(?:[^'\\]|\\.)*'|"[^"]*"|[^\s;&]+)""", re.IGNORECASE)
_QUERY_VALUE = re.compile(r"[?&;]([\w.-]*)=([^&#\s]+)")
_HARMLESS = re.compile(
    r"ssl(?!password)|connect|application|timeout|options$|target_session|version|region", re.IGNORECASE
)

_remembered: set[str] = set()


def remember(value: str, *, is_secret: bool) -> None:
    """Mask a setting's value from now on, or, of one that isn't a secret, the secrets inside it."""
    _remembered.update([value] if is_secret and value else [])
    _remembered.update(inside(value, is_secret=is_secret))


def mask(text: str) -> str:
    """The text without any secret of the settings in force."""
    names = tuple((name, value) for name, value in os.environ.items() if name.startswith(OURS) and value)
    for pattern in _patterns(frozenset(names), frozenset(_remembered)):
        text = pattern.sub(MASK, text)
    return _URL_PASSWORD.sub(rf"\1{MASK}@", text)


def masked(value: Any) -> Any:
    """A JSON value with all its texts masked."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: masked(inner) for name, inner in value.items()}
    return [masked(inner) for inner in value] if isinstance(value, list | tuple) else value


def inside(value: str, *, is_secret: bool) -> Iterator[str]:
    """The secrets that a URL or a DSN holds, also of one that no parser takes: passwords, tokens of a query."""
    if "PRIVATE KEY" in value:
        yield value
        yield from (line for line in value.split() if len(line) >= LINE_OF_A_KEY)
    rest = value.partition("://")[2] or value
    if "@" in rest:
        login = rest.rpartition("@")[0]
        user, colon, password = login.partition(":")
        found = [password] if colon else [] if is_secret else [user]
        # up to the first @ or /, too: either of them may be part of the password
        found += re.findall(r":([^:@/?#]+)@", rest)
        yield from filter(None, found)
    yield from (match[1].strip("'\"") for match in _DSN_PASSWORD.finditer(value))
    yield from (match[2] for match in _QUERY_VALUE.finditer(rest) if not _HARMLESS.match(match[1]))


@lru_cache(maxsize=8)
def _patterns(variables: frozenset[tuple[str, str]], remembered: frozenset[str]) -> tuple[re.Pattern[str], ...]:
    secrets = set(remembered)
    for name, value in variables:
        is_secret = LOOKS_SECRET.search(name) is not None
        secrets.update([value] if is_secret else [], inside(value, is_secret=is_secret))
    forms = {form for secret in secrets for form in _forms(secret)}
    words = sorted(forms, key=len, reverse=True)
    long = [re.escape(word) for word in words if len(word) >= SHORT]
    short = [rf"(?<!\w){re.escape(word)}(?!\w)" for word in words if len(word) < SHORT]
    return (re.compile("|".join([*long, *short])),) if words else ()


def _forms(secret: str) -> Iterable[str]:
    """The ways in which messages, URLs and JSON spell a text."""
    for plain in {secret, unquote(secret)}:
        line = " ".join(plain.split())
        yield from {plain, line, quote(plain), quote(plain, safe=""), quote_plus(plain), quote(plain, safe="/:@")} - {
            ""
        }
        yield from {repr(plain)[1:-1], json.dumps(plain)[1:-1]} - {""}


class MaskedStream:
    """A text stream that masks what is written to it; everything else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text without secrets; the count is the caller's text's."""
        self._stream.write(mask(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write all of them so."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
