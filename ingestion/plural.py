"""Numbers with their nouns in messages, in the singular and the plural."""


def plural(number: int, noun: str) -> str:
    """`1 step`, `2 steps`, `1,000 steps`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def agreeing(number: int, one: str, more: str) -> str:
    """The verb that goes with a number: `has failed`, `have failed`."""
    return one if number == 1 else more
