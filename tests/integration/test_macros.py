"""What macros make of odd values, on the local engine: one query, one row, one column for each case."""

import os
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from dbt.cli.main import dbtRunner

from ingestion.settings import PROJECT

CASES: dict[str, tuple[str, Any]] = {
    # name: (Jinja SQL, what it must be)
    "a_quotient_is_rounded_half_up": ("divide('1', '8', 2)", Decimal("0.13")),
    "a_negative_quotient_is_rounded_away_from_zero": ("divide('-1', '8', 2)", Decimal("-0.13")),
    "a_quotient_keeps_ten_digits": ("divide('1', '150.1234', 10, whole=1)", Decimal("0.0066611867")),
    "a_quotient_of_large_amounts_is_exact": ("divide('98765432109876.5432', '3', 4)", Decimal("32921810703292.1811")),
    "a_quotient_by_zero_is_null": ("divide('1', '0', 2)", None),
    "a_half_is_rounded_up": ("round_half_up('cast(2.00005 as decimal(38, 12))', 4)", Decimal("2.0001")),
    "a_negative_half_is_rounded_down": ("round_half_up('cast(-2.00005 as decimal(38, 12))', 4)", Decimal("-2.0001")),
    "a_large_amount_in_base_keeps_its_digits": (
        "to_base('cast(98765432109876.54 as decimal(18, 2))', 'cast(0.9999999999 as decimal(18, 10))')",
        Decimal("98765432099999.9968"),
    ),
    "words_are_capitalised": ("title_case(\"'hOME & kitchen'\")", "Home & Kitchen"),
    "a_date_is_a_date": ("try_cast(\"'2026-02-28'\", 'date')", date(2026, 2, 28)),
    "the_30th_of_february_is_none": ("try_cast(\"'2026-02-30'\", 'date')", None),
    "a_month_is_no_date": ("try_cast(\"'2026-02'\", 'date')", None),
    "a_number_is_a_number": ("try_cast(\"'-3.50'\", 'decimal(18,2)')", Decimal("-3.50")),
    "a_number_with_an_exponent_is_none": ("try_cast(\"'1e3'\", 'decimal(18,2)')", None),
    "a_number_with_two_points_is_none": ("try_cast(\"'1.234,56'\", 'decimal(18,2)')", None),
    "an_empty_text_is_no_number": ("try_cast(\"''\", 'decimal(18,2)')", None),
    "a_key_of_json_is_found": ('json_get("\'{\\"a\\": 1, \\"b\\": \\"x\\"}\'", \'b\')', "x"),
    "a_missing_key_is_null": ("json_get(\"'{\\\"a\\\": 1}'\", 'b')", None),
    "broken_json_is_null": ("json_get(\"'{\\\"a\\\": '\", 'a')", None),
    "an_international_number_is_kept": ("e164(\"'+49 (30) 123-456'\", \"'1'\")", "+4930123456"),
    "two_zeros_are_a_plus": ("e164(\"'0049 30 123456'\", \"'1'\")", "+4930123456"),
    "a_number_dialled_at_home_gets_its_country": ("e164(\"'030 123456'\", \"'49'\")", "+4930123456"),
    "a_number_dialled_in_an_unknown_country_is_null": ("e164(\"'030 123456'\", 'cast(null as string)')", None),
    "a_number_that_is_too_short_is_null": ("e164(\"'+49 123'\", \"'49'\")", None),
    "a_word_is_no_number": ("e164(\"'call me'\", \"'49'\")", None),
    "a_country_is_spelled_without_stops": ("spelling(\"' U.S.A. '\")", "usa"),
    "monday_is_the_first_day": ("iso_weekday(\"date '2026-10-12'\")", 1),
    "sunday_is_the_seventh_day": ("iso_weekday(\"date '2026-10-18'\")", 7),
    "a_day_is_added": ("add_days(\"date '2024-02-28'\", 1)", date(2024, 2, 29)),
    "days_are_counted": ("days_between(\"date '2024-02-28'\", \"date '2024-03-01'\")", 2),
    "seconds_are_cut": (
        "seconds_between(\"timestamp '2026-10-15 00:00:00.5'\", \"timestamp '2026-10-15 00:00:03.4'\")",
        2,
    ),
    "rules_are_named_in_order": ("broken_rules({'one': 'true', 'two': '1 > 2', 'three': '1 < 2'})", "one, three"),
    "a_rule_about_nothing_is_kept": ("broken_rules({'one': 'cast(null as boolean)'})", None),
    "today_is_the_clocks_day": ("run_date()", date(2026, 10, 15)),
    "today_is_in_range": ("in_range(run_date())", True),
    "tomorrow_is_not": ("in_range(add_days(run_date(), 1))", False),
    "no_day_is_not": ("in_range('cast(null as date)')", False),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Case -> what the engine says."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LAKEHOUSE_")]:
            patch.delenv(name)
        patch.chdir(PROJECT)
        patch.setenv("LAKEHOUSE_HOME", str(home))
        patch.setenv("LAKEHOUSE_NOW", "2026-10-16T01:30:00+02:00")
        query = "select " + ", ".join(f"{{{{ {macro} }}}} as {name}" for name, (macro, _) in CASES.items())
        folders = ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
        told = dbtRunner().invoke(["--quiet", "show", "--inline", query, "--output", "json", *folders])
        assert told.success, told.exception or told.result.results[0].message
        (row,) = told.result.results[0].agate_table.rows
        yield dict(row.items())


@pytest.mark.parametrize("case", CASES)
def test_macro(answers: dict[str, Any], case: str) -> None:
    answer, wanted = answers[case], CASES[case][1]
    assert (answer.date() if isinstance(answer, datetime) else answer) == wanted
