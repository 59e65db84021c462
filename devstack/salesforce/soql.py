"""Salesforce's query language, as far as loaders use it, turned into SQL.

    SELECT Id, Name FROM Account WHERE SystemModstamp >= 2026-01-01T00:00:00Z AND Name LIKE 'A%' ORDER BY Id LIMIT 5

Fields are checked against the object's; literals of dates and instants are bare words in SOQL.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

QUERY = re.compile(r"\s*select\s+(?P<fields>.+?)\s+from\s+(?P<object>\w+)\b(?P<rest>.*)$", re.I | re.S)
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<instant>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))|(?P<date>\d{4}-\d\d-\d\d)"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?)|(?P<word>\w+)|(?P<sign><=|>=|!=|<>|=|<|>|\(|\)|,))",
    re.S,
)
CLAUSES = ("where", "order", "limit", "offset")
KEYWORDS = {"by", "and", "or", "not", "in", "like", "null", "true", "false", "asc", "desc", "nulls", "first", "last"}
COMPARED_WITH_NULL = {"=": "is", "!=": "is not", "<>": "is not"}
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "''", '"': '"', "_": "_", "%": "%"}


class SoqlError(ValueError):
    """The query can't be answered: Salesforce's error code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Query:
    """A query taken apart, its fields checked."""

    name: str
    """The object's."""
    fields: tuple[str, ...]
    """Empty for COUNT()."""
    condition: str
    """SQL that says which rows and in what order, from WHERE on."""


def parse(text: str, objects: Mapping[str, Sequence[str]], deleted: bool) -> Query:
    """Take a query apart; `objects` maps each object to its fields, `deleted` includes deleted rows.

    Raises `SoqlError`.
    """
    match = QUERY.match(text)
    if match is None:
        raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{text.strip()[:30]}'")
    name = {known.lower(): known for known in objects}.get(match["object"].lower())
    if name is None:
        raise SoqlError("INVALID_TYPE", f"sObject type '{match['object']}' is not supported.")
    known = {field.lower(): field for field in objects[name]}
    clauses = _clauses(match["rest"].rstrip(), name, known)
    return Query(name, _fields(match["fields"], name, known), _condition(clauses, known, deleted))


def _fields(text: str, name: str, known: Mapping[str, str]) -> tuple[str, ...]:
    if re.fullmatch(r"count\(\s*\)", text.strip(), re.I):
        return ()
    if re.fullmatch(r"fields\(\s*(all|standard)\s*\)", text.strip(), re.I):
        return tuple(known.values())
    return tuple(_field(word.strip(), name, known) for word in text.split(","))


def _field(word: str, name: str, known: Mapping[str, str]) -> str:
    if word.lower() not in known:
        code = "INVALID_FIELD" if re.fullmatch(r"[\w.]+", word) else "MALFORMED_QUERY"
        raise SoqlError(code, f"No such column '{word}' on entity '{name}'.")
    return known[word.lower()]


def _condition(clauses: Mapping[str, str], known: Mapping[str, str], deleted: bool) -> str:
    conditions = [f"({clauses['where']})"] if "where" in clauses else []
    if not deleted and "isdeleted" in known:
        conditions.append(f'not "{known["isdeleted"]}"')
    parts = [f"where {' and '.join(conditions)}"] if conditions else []
    parts += [f"{name} {clauses[name]}" for name in CLAUSES[1:] if name in clauses]
    return " ".join(parts)


def _clauses(text: str, name: str, known: Mapping[str, str]) -> dict[str, str]:
    """Everything behind the object's name, token by token, as SQL by clause."""
    clauses: dict[str, list[str]] = {}
    words: list[str] | None = None
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        clause = match["word"].lower() if match and match["word"] else ""
        if match is None or (words is None and clause not in CLAUSES):
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{text[position : position + 30].strip()}'")
        if clause in CLAUSES and clause not in clauses:
            words = clauses[clause] = []
        elif words is not None:
            word = _token(match, name, known)
            if word == "null" and words and words[-1] in COMPARED_WITH_NULL:
                words[-1] = COMPARED_WITH_NULL[words[-1]]
            words.append(word)
        position = match.end()
    return {clause: " ".join(words) for clause, words in clauses.items()}


def _token(match: re.Match[str], name: str, known: Mapping[str, str]) -> str:
    value = match[match.lastgroup or 0].strip()
    match match.lastgroup:
        case "text":
            inner = re.sub(r"\\(.)", lambda escape: ESCAPES.get(escape[1], escape[1]), value[1:-1], flags=re.S)
            return f"'{inner}'"
        case "instant":
            return f"timestamptz '{value}'"
        case "date":
            return f"date '{value}'"
        case "word" if value.lower() not in KEYWORDS:
            return f'"{_field(value, name, known)}"'
        case "sign" | "number":
            return value
        case _:
            return value.lower()
