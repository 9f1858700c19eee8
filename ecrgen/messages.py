"""Words that messages share: texts in quotes, types of values, lists, and the name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate, islice

__all__ = ["HALF_PAIR", "did_you_mean", "in_words", "json_type", "nearest", "quoted", "yaml_type"]

# The names that one is compared with: each takes up to a tenth of a millisecond.
MAX_COMPARED = 100
# So many characters of names are listed.
MAX_LISTED = 132
# of a text that no JSON or YAML text can hold
HALF_PAIR = "holds half of a surrogate pair, which is no character"


def quoted(text: str) -> str:
    """The text as a message shows it: in ASCII, so that look-alikes and control characters are seen."""
    shown = ascii(text)
    return shown if len(shown) <= 80 else f"{shown[:60]}... ({len(text)} characters)"


def json_type(value: object) -> str:
    """The type of a JSON value: `an object`, `a list`, `a string`, `a number`, `true or false`, `null`."""
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return "a string"
        case bool():
            return "true or false"
        case None:
            return "null"
        case int() | float():
            return "a number"
        case _:
            return f"a {type(value).__name__}"


def yaml_type(value: object) -> str:
    """The type of a value in a catalog file: `a mapping`, `a list`, `text` (every scalar is), or `nothing`."""
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str():
            return "text"
        case _:
            return "nothing"


def in_words(items: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`; `last` is the word before the last."""
    *others, final = items
    return f"{', '.join(others)} {last} {final}" if others else final


def nearest(given: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The name that was probably meant by one that is none of them, by difflib's ratio; None where none is near.

    Only the first 60 characters count: the comparison takes time by the square of the length. Of many names, only the
    first that begin with the same letter do.
    """
    from difflib import get_close_matches  # takes longer to import than most commands have something to correct

    known = list(names)
    if len(known) > MAX_COMPARED:
        known = list(islice((name for name in known if name[:1] == given[:1]), MAX_COMPARED))
    return next(iter(get_close_matches(given[:60], known, n=1, cutoff=cutoff)), None)


def did_you_mean(given: str, names: Iterable[str]) -> str:
    """`meant X?` for a likely slip, else what there is to choose from."""
    names = tuple(names)
    near = nearest(given, names)
    if near:
        return f"meant {near}?"
    if len(names) == 1:
        return f"the only one is {names[0]}"
    fitting = sum(taken <= MAX_LISTED for taken in accumulate(len(name) + 2 for name in names))
    more = f" and {len(names) - fitting} more" if fitting < len(names) else ""
    return f"one of: {', '.join(names[:fitting])}{more}"
