"""What macros, and the plain SQL between them, must make of awkward values on every engine: name -> SQL and answer.

An answer's type says how it is compared: as the canonical text of macros/sql/row_digest.sql, so `Decimal("0.10")` is
not `Decimal("0.1")`. Rows for aggregates and orders are made in the query, by SQL that every engine knows.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import md5
from typing import Any

NO_TEXT = "cast(null as {{ dbt.type_string() }})"
NO_TEXT_IN_JINJA = "'cast(null as ' ~ dbt.type_string() ~ ')'"
AMOUNTS = """(
    select cast(0.01 as decimal(18, 2)) as x, 'a' as k
    union all select cast(0.02 as decimal(18, 2)), 'b'
    union all select cast(0.02 as decimal(18, 2)), 'c'
    union all select cast(null as decimal(18, 2)), 'd'
) as amounts"""


def first(order: str) -> str:
    """A key of AMOUNTS: the first in this order."""
    return f"(select k from (select k, row_number() over (order by {order}, k) as n from {AMOUNTS}) as f where n = 1)"


def of(expression: str) -> str:
    """An aggregate over AMOUNTS."""
    return f"(select {expression} from {AMOUNTS})"


ROUNDED: dict[str, tuple[str, Any]] = {
    "a_quotient_is_rounded_half_up": ("{{ divide('1', '8', 2) }}", Decimal("0.13")),
    "a_negative_quotient_is_rounded_away_from_zero": ("{{ divide('-1', '8', 2) }}", Decimal("-0.13")),
    "a_quotient_keeps_ten_digits": ("{{ divide('1', '150.1234', 10, whole=1) }}", Decimal("0.0066611867")),
    "a_quotient_of_large_amounts_is_exact": (
        "{{ divide('98765432109876.5432', '3', 4) }}",
        Decimal("32921810703292.1811"),
    ),
    "a_quotient_of_six_digits_is_exact": (
        "{{ divide('99999999999.999998', '3', 6, whole=16, digits=6) }}",
        Decimal("33333333333.333333"),
    ),
    "a_quotient_by_a_tiny_rate_is_exact": ("{{ divide('1', '0.0000000001', 2, whole=1) }}", Decimal("10000000000.00")),
    "a_quotient_by_zero_is_null": ("{{ divide('1', '0', 2) }}", None),
    "a_quotient_of_nothing_is_null": ("{{ divide('cast(null as decimal(18, 2))', '3', 2) }}", None),
    "whole_numbers_have_a_fraction": ("{{ divide('7', '2', 1) }}", Decimal("3.5")),
    "a_whole_quotient_is_rounded_too": ("{{ divide('-7', '2', 0) }}", Decimal(-4)),
    "an_average_is_a_quotient": (of("{{ divide('sum(x)', 'count(x)', 4) }}"), Decimal("0.0167")),
    "an_average_of_none_is_null": (of("{{ divide('sum(nullif(x, x))', 'count(nullif(x, x))', 4) }}"), None),
    "a_sum_leaves_nulls_out": (of("cast(sum(x) as decimal(18, 4))"), Decimal("0.0500")),
    "a_half_is_rounded_up": ("{{ round_half_up('cast(2.00005 as decimal(38, 12))', 4) }}", Decimal("2.0001")),
    "a_negative_half_is_rounded_down": (
        "{{ round_half_up('cast(-2.00005 as decimal(38, 12))', 4) }}",
        Decimal("-2.0001"),
    ),
    "less_than_a_half_is_cut": ("{{ round_half_up('cast(2.000049999999 as decimal(38, 12))', 4) }}", Decimal("2.0000")),
    "a_large_amount_in_base_keeps_its_digits": (
        "{{ to_base('cast(98765432109876.54 as decimal(18, 2))', 'cast(0.9999999999 as decimal(18, 10))') }}",
        Decimal("98765432099999.9968"),
    ),
    "a_remainder_has_the_sign_of_the_dividend": ("mod(-7, 3)", -1),
}

ORDERED: dict[str, tuple[str, Any]] = {
    "nulls_come_last_where_it_says_so": (first("x nulls last"), "a"),
    "nulls_come_last_downwards_too": (first("x desc nulls last"), "b"),
    "nulls_come_first_where_it_says_so": (first("x desc nulls first"), "d"),
    "capitals_come_before_small_letters": (
        "(select min(k) from (select 'a' as k union all select 'B' union all select 'ä') as letters)",
        "B",
    ),
    "equal_values_share_a_fifth": (
        f"(select max(f) from (select {{{{ quintile('x') }}}} as f from {AMOUNTS} where x is not null) as scored)",
        2,
    ),
}

TEXTS: dict[str, tuple[str, Any]] = {
    "words_are_capitalised": ("""{{ title_case("'hOME & kitchen'") }}""", "Home & Kitchen"),
    "only_blanks_part_words": ("""{{ title_case("'o' || chr(39) || 'neill-SMITH'") }}""", "O'neill-smith"),
    "letters_beyond_ascii_have_capitals_too": ("""{{ title_case("'éCOLE ÑANDÚ ŁÓDŹ'") }}""", "École Ñandú Łódź"),
    "letters_beyond_ascii_become_small": ("lower('ÀÉÎÕÜ ÇĞ')", "àéîõü çğ"),
    "emoji_are_one_character": ("substr('😀ab', 2, 1)", "a"),
    "a_country_is_spelled_without_stops": ("""{{ normalize_country("' U.S.A. '") }}""", "usa"),
    "a_missing_part_makes_the_whole_missing": (f"'a' || {NO_TEXT} || 'b'", None),
    "blanks_are_trimmed_and_nothing_else": ("""{{ trimmed("('  a b' || chr(9) || '  ')") }}""", "a b\t"),
    "an_international_number_is_kept": ("""{{ e164("'+49 (30) 123-456'", "'1'") }}""", "+4930123456"),
    "two_zeros_are_a_plus": ("""{{ e164("'0049 30 123456'", "'1'") }}""", "+4930123456"),
    "a_number_dialled_at_home_gets_its_country": ("""{{ e164("'030 123456'", "'49'") }}""", "+4930123456"),
    "a_number_dialled_in_an_unknown_country_is_null": (
        f"""{{{{ e164("'030 123456'", {NO_TEXT_IN_JINJA}) }}}}""",
        None,
    ),
    "the_zero_of_home_is_not_dialled_from_abroad": ("""{{ e164("'+49 (0)30 123456'", "'1'") }}""", "+4930123456"),
    "an_extension_is_left_out": ("""{{ e164("'0049 (0)30 123456 ext. 12'", "'49'") }}""", "+4930123456"),
    "a_number_of_north_america_needs_no_zero": ("""{{ e164("'(212) 555-0100 x7'", "'1'") }}""", "+12125550100"),
    "nor_does_it_with_its_one": ("""{{ e164("'1-212-555-0100'", "'1'") }}""", "+12125550100"),
    "a_number_without_a_zero_is_none_elsewhere": ("""{{ e164("'2125550100'", "'49'") }}""", None),
    "a_number_that_is_too_short_is_null": ("""{{ e164("'+49 123'", "'49'") }}""", None),
    "a_word_is_no_phone_number": ("""{{ e164("'call me'", "'49'") }}""", None),
}

CAST: dict[str, tuple[str, Any]] = {
    "a_date_is_a_date": ("""{{ try_cast("'2026-02-28'", 'date') }}""", date(2026, 2, 28)),
    "the_30th_of_february_is_none": ("""{{ try_cast("'2026-02-30'", 'date') }}""", None),
    "a_month_is_no_date": ("""{{ try_cast("'2026-02'", 'date') }}""", None),
    "a_date_with_a_line_end_is_none": ("""{{ try_cast("('2026-02-28' || chr(10))", 'date') }}""", None),
    "a_number_is_a_number": ("""{{ try_cast("'-3.50'", 'decimal(18,2)') }}""", Decimal("-3.50")),
    "a_number_with_more_digits_is_not_rounded": ("""{{ try_cast("'0.125'", 'decimal(18,2)') }}""", None),
    "more_zeros_are_no_digits": ("""{{ try_cast("'0.12000'", 'decimal(18,2)') }}""", Decimal("0.12")),
    "a_fraction_in_a_text_is_no_whole_number": ("""{{ try_cast("'2.5'", 'decimal(18, 0)') }}""", None),
    "a_whole_number_may_have_a_point": ("""{{ try_cast("'2.0'", 'decimal(18, 0)') }}""", Decimal(2)),
    "a_number_that_does_not_fit_is_none": ("""{{ try_cast("'12345678901234567.89'", 'decimal(18,2)') }}""", None),
    "a_number_with_an_exponent_is_none": ("""{{ try_cast("'1e3'", 'decimal(18,2)') }}""", None),
    "a_number_with_two_points_is_none": ("""{{ try_cast("'1.234,56'", 'decimal(18,2)') }}""", None),
    "a_number_with_a_line_end_is_none": ("""{{ try_cast("('1' || chr(10))", 'decimal(18,2)') }}""", None),
    "digits_of_another_script_are_no_number": ("""{{ try_cast("'٣'", 'decimal(18,2)') }}""", None),
    "an_empty_text_is_no_number": ("""{{ try_cast("''", 'decimal(18,2)') }}""", None),
    "a_decimal_that_fits_exactly_is_cast": (
        "{{ exact_cast('cast(9.99 as decimal(38, 10))', 'decimal(18, 2)') }}",
        Decimal("9.99"),
    ),
    "a_decimal_with_a_digit_too_many_is_not_rounded": (
        "{{ exact_cast('cast(-9.999 as decimal(38, 10))', 'decimal(18, 2)') }}",
        None,
    ),
    "a_decimal_that_would_be_rounded_out_of_range_is_null": (
        "{{ exact_cast('cast(9999999999999999.995 as decimal(38, 10))', 'decimal(18, 2)') }}",
        None,
    ),
    "a_number_of_38_digits_is_null": (
        f"{{{{ exact_cast(\"cast('{38 * '9'}' as decimal(38, 0))\", 'decimal(18, 2)') }}}}",
        None,
    ),
    "a_whole_number_is_cast_to_a_decimal": ("{{ exact_cast('cast(7 as bigint)', 'decimal(18, 2)') }}", Decimal("7.00")),
    "a_whole_decimal_is_cast": ("{{ exact_cast('cast(2.0 as decimal(38, 10))', 'bigint') }}", 2),
    "a_fraction_is_no_whole_number": ("{{ exact_cast('cast(2.5 as decimal(38, 10))', 'bigint') }}", None),
    "a_whole_number_of_20_digits_is_null": (
        """{{ exact_cast("cast('12345678901234567890' as decimal(38, 0))", 'bigint') }}""",
        None,
    ),
    "no_number_is_null": ("{{ exact_cast('cast(null as decimal(38, 10))', 'decimal(18, 2)') }}", None),
    "a_key_of_json_is_found": ("""{{ json_get("'{\\"a\\": 1, \\"b\\": \\"x\\"}'", 'b') }}""", "x"),
    "a_large_number_of_json_is_exact": (
        """{{ try_cast(json_get("'{\\"a\\": 98765432109876.50}'", 'a'), 'decimal(18,2)') }}""",
        Decimal("98765432109876.50"),
    ),
    "a_truth_of_json_is_small": ("""{{ json_get("'{\\"a\\": true}'", 'a') }}""", "true"),
    "a_letter_of_json_is_unescaped": (
        """{{ json_get("('{\\"a\\": \\"caf' || chr(92) || 'u00e9\\"}')", 'a') }}""",
        "café",
    ),
    "an_empty_text_of_json_is_empty": ("""{{ json_get("'{\\"a\\": \\"\\"}'", 'a') }}""", ""),
    "a_null_of_json_is_null": ("""{{ json_get("'{\\"a\\": null}'", 'a') }}""", None),
    "a_missing_key_is_null": ("""{{ json_get("'{\\"a\\": 1}'", 'b') }}""", None),
    "broken_json_is_null": ("""{{ json_get("'{\\"a\\": '", 'a') }}""", None),
    "no_json_is_null": (f"{{{{ json_get({NO_TEXT_IN_JINJA}, 'a') }}}}", None),
}

DAYS: dict[str, tuple[str, Any]] = {
    "monday_is_the_first_day": ("""{{ iso_weekday("date '2026-10-12'") }}""", 1),
    "sunday_is_the_seventh_day": ("""{{ iso_weekday("date '2026-10-18'") }}""", 7),
    "weekdays_begin_with_1900": ("""{{ iso_weekday("date '1900-01-01'") }}""", 1),
    "a_leap_day_is_added": ("""{{ add_days("date '2024-02-28'", 1) }}""", date(2024, 2, 29)),
    "there_is_no_leap_day_in_2100": ("""{{ add_days("date '2100-02-28'", 1) }}""", date(2100, 3, 1)),
    "a_day_before_a_month_ends_the_last_one": ("""{{ add_days("date '2026-03-01'", -1) }}""", date(2026, 2, 28)),
    "days_are_counted": ("""{{ days_between("date '2024-02-28'", "date '2024-03-01'") }}""", 2),
    "days_are_counted_backwards": ("""{{ days_between("date '2026-01-01'", "date '2025-12-31'") }}""", -1),
    "a_spine_has_both_its_ends": (
        """(select count(*) from ({{ date_spine("date '2024-02-27'", "date '2024-03-01'") }}) as spine)""",
        4,
    ),
    "numbers_begin_with_zero": ("(select sum(n) from ({{ integers(4) }}) as numbers)", 6),
    "the_week_of_a_year_is_isos": ("extract(week from date '2027-01-03')", 53),
    "seconds_are_cut": (
        """{{ seconds_between("timestamp '2026-10-15 00:00:00.5'", "timestamp '2026-10-15 00:00:03.4'") }}""",
        2,
    ),
    "seconds_know_no_summer_time": (
        """{{ seconds_between("timestamp '2026-03-29 00:30:00'", "timestamp '2026-03-29 03:30:00'") }}""",
        10800,
    ),
    "an_instant_keeps_its_microseconds": (
        "timestamp '2026-10-15 23:59:59.123456'",
        datetime(2026, 10, 15, 23, 59, 59, 123456, UTC),
    ),
    "an_instant_with_a_zone_is_in_utc": (
        "timestamp '2026-10-15 00:30:00.000001 +02:00'",
        datetime(2026, 10, 14, 22, 30, 0, 1, UTC),
    ),
    "the_day_of_an_instant_is_utcs": ("cast(timestamp '2026-10-15 23:59:59.999999' as date)", date(2026, 10, 15)),
    "time_begins_in_1900": ("{{ beginning_of_time() }}", datetime(1900, 1, 1, tzinfo=UTC)),
    "today_is_the_clocks_day": ("{{ run_date() }}", date(2026, 10, 15)),
    "today_is_in_range": ("{{ in_range(run_date()) }}", True),
    "tomorrow_is_not": ("{{ in_range(add_days(run_date(), 1)) }}", False),
    "no_day_is_not": ("{{ in_range('cast(null as date)') }}", False),
}

RULES: dict[str, tuple[str, Any]] = {
    "rules_are_named_in_order": ("{{ names_where({'one': 'true', 'two': '1 > 2', 'three': '1 < 2'}) }}", "one, three"),
    "a_rule_about_nothing_is_kept": ("{{ names_where({'one': 'cast(null as boolean)'}) }}", None),
    "a_literal_keeps_quotes_and_backslashes": ('{{ text_literal("it\'s a \\\\d or a {b}") }}', "it's a \\d or a {b}"),
    "no_literal_is_null": ("cast({{ text_literal(none) }} as {{ dbt.type_string() }})", None),
    "nothing_is_distinct_from_something": ("(cast(null as int) is distinct from 1)", True),
    "a_digest_is_of_the_canonical_text": (
        "(select {{ row_digest({'a': 'string', 'b': 'date', 'c': 'decimal(18,2)', 'd': 'boolean'}) }}"
        " from (select 'a' || chr(92) as a, cast(null as date) as b,"
        " cast(0.5 as decimal(18, 2)) as c, true as d) as r)",
        md5(b"a\\\\\x1f\x1e\x1f0.50\x1ftrue", usedforsecurity=False).hexdigest(),
    ),
    "a_sets_digest_is_a_sum": (
        "(select {{ set_digest('h') }} from (select 'ffffffffffffffff' as h union all select '0000000000000010') as f)",
        Decimal(0xFFFFFFFFFFFFFFF + 1),
    ),
}

CASES: dict[str, tuple[str, Any]] = ROUNDED | ORDERED | TEXTS | CAST | DAYS | RULES
