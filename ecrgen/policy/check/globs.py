"""Texts with `*` and `?`: do two of them have a text in common, and does one cover the other?

Every question is answered in time linear in the texts, for a document may be made to be slow.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["arn_covers", "covers", "globs_overlap", "is_glob", "without_variables"]


def is_glob(text: str) -> bool:
    return "*" in text or "?" in text


def covers(wide: str, narrow: str, ignore_case: bool = False) -> bool:
    """Whether every text of `narrow` is one of `wide`. Never wrongly true; `a?*` over `a*?` is answered false."""
    if ignore_case:
        wide, narrow = wide.lower(), narrow.lower()
    if wide == narrow:
        return True
    if "?" in wide:
        head = wide.partition("*")[0].partition("?")[0]
        return narrow.startswith(head) and cover_pattern(wide).fullmatch(narrow) is not None
    if "*" not in wide:
        return False
    first, *middle, last = wide.split("*")
    if not narrow.startswith(first) or not narrow.endswith(last):
        return False
    # the leftmost place of a part is as good as any other
    position, end = len(first), len(narrow) - len(last)
    for part in middle:
        position = narrow.find(part, position, end) + len(part)
        if position < len(part) or position > end:
            return False
    return position <= end


@lru_cache(maxsize=4096)
def cover_pattern(wide: str) -> re.Pattern[str]:
    """For a fullmatch over another glob: `*` takes anything, `?` one character that is no `*`."""
    chunks = ["".join("[^*]" if c == "?" else re.escape(c) for c in chunk) for chunk in wide.split("*")]
    if len(chunks) == 1:
        return re.compile(chunks[0], re.DOTALL)
    first, *middle, last = chunks
    # as above: no going back, which (?>…) says
    return re.compile(f"{first}{''.join(f'(?>.*?{chunk})' for chunk in middle if chunk)}.*{last}", re.DOTALL)


def arn_covers(wide: str, narrow: str) -> bool:
    """The same for two resources: part by part, as IAM matches ARNs. Never wrongly true."""
    if wide in ("*", narrow):
        return True
    if not is_glob(wide):
        return False
    one, other = wide.split(":", 5), narrow.split(":", 5)
    if len(one) != 6 or len(other) != 6 or any("${" in part for part in other[:5]):
        return False
    return all(covers(*parts) for parts in zip(one, other, strict=True))


@lru_cache(maxsize=8192)
def globs_overlap(one: str, other: str) -> bool:
    """Whether some text is matched by both: `other` as an automaton whose states are the bits of a number."""
    if not is_glob(other):
        return covers(one, other)
    masks, final = automaton(other)
    stars, singles = masks.get("*", 0), masks.get("?", 0)
    everything = (final << 1) - 1
    # bit j: the part of `one` read so far and other[:j] have a text in common; a star may be nothing
    states = 1 | (stars & 1) << 1
    for character in one:
        if character == "*":
            states = everything & ~((states & -states) - 1)
        else:
            single = ~stars if character == "?" else masks.get(character, 0) | singles
            states = ((states & single) << 1 | states & stars) & everything
            states |= (states & stars) << 1
        if not states:
            return False
    return bool(states & final)


@lru_cache(maxsize=1024)
def automaton(glob: str) -> tuple[dict[str, int], int]:
    """For each character a number with a bit for each place it has, and the bit of the state after the last one."""
    text = re.sub(r"\*+", "*", glob)
    masks: dict[str, int] = {}
    for position, character in enumerate(text):
        masks[character] = masks.get(character, 0) | 1 << position
    return masks, 1 << len(text)


# Bounded, so that a text of many openings and no end is read in linear time.
VARIABLE = re.compile(r"\$\{[^}]{0,512}\}")


def without_variables(text: str) -> str:
    """A text with `*` for each policy variable, whose value may be anything."""
    return VARIABLE.sub("*", text) if "${" in text else text
