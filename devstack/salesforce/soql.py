"""Salesforce's query language, as far as loaders use it, turned into SQL.

    SELECT Id, Name FROM Account WHERE SystemModstamp >= 2026-01-01T00:00:00Z AND Name LIKE 'A%' ORDER BY Id LIMIT 5

Fields are checked against the object's; literals of dates and instants are bare words in SOQL.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

QUERY = re.compile(r"\s*select\s+(?P<fields>.+?)\s+from\s+(?P<object>\w+)\b(?P<rest>.*)$", re.I | re.S)
TAIL = re.compile(
    r"^\s*(?:where\s+(?P<where>.+?))?\s*(?:order\s+by\s+(?P<order>.+?))?\s*(?:limit\s+(?P<limit>\d+))?"
    r"\s*(?:offset\s+(?P<offset>\d+))?\s*$",
    re.I | re.S,
)
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<instant>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))|(?P<date>\d{4}-\d\d-\d\d)"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?)|(?P<word>\w+)|(?P<sign><=|>=|!=|<>|=|<|>|\(|\)|,))",
    re.S,
)
KEYWORDS = {"and", "or", "not", "in", "like", "null", "true", "false", "asc", "desc", "nulls", "first", "last"}
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
    tail = TAIL.match(match["rest"])
    if tail is None:
        raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{match['rest'].strip()[:30]}'")
    return Query(name, _fields(match["fields"], name, known), _condition(tail, name, known, deleted))


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


def _condition(tail: re.Match[str], name: str, known: Mapping[str, str], deleted: bool) -> str:
    conditions = [f"({_sql(tail['where'], name, known)})"] if tail["where"] else []
    if not deleted and "isdeleted" in known:
        conditions.append(f'not "{known["isdeleted"]}"')
    sql = f"where {' and '.join(conditions)}" if conditions else ""
    if tail["order"]:
        sql += f" order by {_sql(tail['order'], name, known)}"
    for word in ("limit", "offset"):
        sql += f" {word} {tail[word]}" if tail[word] else ""
    return sql


def _sql(text: str, name: str, known: Mapping[str, str]) -> str:
    """A condition or an ordering, token by token."""
    words, position, text = [], 0, text.strip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{text[position : position + 30]}'")
        words.append(_token(match, name, known))
        position = match.end()
    sql = " ".join(words)
    return re.sub(r"= null\b", "is null", re.sub(r"(!=|<>) null\b", "is not null", sql))


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
