"""Bronze's rules for a row, and what happens to one that breaks them: data, with defaults a table's spec may change.

warn        the row lands anyway, and a warning is logged with how many
quarantine  the row goes to quarantine, and the load goes on: the default of all rules but lost_precision
error       nothing of the load is committed

`Table("orders", …, severities={"null_key": "error"})`
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingestion.bronze.errors import ContractViolation
from ingestion.spec import Severity, Table
from ingestion.values.precision import DEFAULT, LOST


@dataclass(frozen=True)
class Rule:
    """The condition, in a sentence; and whether a row that breaks it can be held at all."""

    asks: str
    may_land: bool = False
    refusal: str = "bronze can't hold such a row"
    """The reason why it may not land."""
    default: Severity = "quarantine"


RULES: Mapping[str, Rule] = {
    "wrong_type": Rule("every value can be held by its column, exactly"),
    "bad_encoding": Rule("text is UTF-8"),
    "null_key": Rule("no part of the key is NULL", may_land=True),
    "null_cursor": Rule("a row of a window has a cursor, which orders its versions"),
    "future_cursor": Rule(
        "the cursor of a row does not lie beyond its source's clock",
        refusal="the row's _version would beat every later correction",
    ),
    LOST: Rule("no instant is finer than microseconds", may_land=True, default=DEFAULT),
    "bad_header": Rule("a csv header names each column once, in UTF-8, separated by commas"),
    "column_count": Rule("a csv record has as many fields as the header, and the header every declared column"),
    "bad_quotes": Rule("csv quotes are closed and doubled as they must be"),
    "bad_json": Rule("a line, or a message, is a JSON object"),
    "duplicate_member": Rule("no JSON object names a member twice"),
    "colliding_names": Rule("no two members of an object, or columns of a csv header, are called the same in bronze"),
    "reserved_name": Rule("no member or column of an object or a message is called as bronze's own columns"),
    "torn_line": Rule("a file's last line is whole"),
    "row_too_large": Rule("a row of a file is no longer than 16 MiB"),
    "bad_gzip": Rule("what is called .gz is gzip"),
    "unpacked_too_large": Rule("a gzip file unpacks to no more bytes than its source's setting allows"),
    "truncated_gzip": Rule("a gzip stream has its end"),
    "bad_parquet": Rule("what is called .parquet is Parquet"),
    "unknown_format": Rule("a file's name ends in a format that is read"),
}


def severity(table: Table, rule: str) -> Severity:
    """Return the table's severity for a rule, else the rule's default."""
    return table.severities.get(rule, RULES[rule].default if rule in RULES else "quarantine")


def check(table: Table, where: str, own: Sequence[str] = ()) -> None:
    """Raise ContractViolation where a spec has a severity of no rule, or `warn` for a rule whose rows can't be held.

    Args: own: the source's own rules.
    """
    for rule, chosen in table.severities.items():
        if rule not in (known := (*RULES, *own)):
            raise ContractViolation(
                f"{where}: no rule {rule!r} in `severities`: expected one of {', '.join(known)}; correct it in the "
                "table's spec"
            )
        if chosen not in ("warn", "quarantine", "error"):
            raise ContractViolation(f"{where}: {rule} is {chosen!r}; expected warn, quarantine or error")
        if chosen == "warn" and not (rule in RULES and RULES[rule].may_land):
            able = ", ".join(name for name, one in RULES.items() if one.may_land)
            raise ContractViolation(
                f"{where}: {rule} can't be warn, as {RULES.get(rule, Rule('')).refusal}: expected quarantine or error "
                f"(warn is for {able})"
            )
