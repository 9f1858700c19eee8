"""Texts and JSON values, changed at random."""

from __future__ import annotations

import copy
import random
from typing import Any

__all__ = ["ODD", "mutated_text", "mutated_value"]

# Values that something somewhere takes for a number, a path, a name or the end of a text.
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**70, 1e308, "", " ", "0", "null", "true", "~", "*", "?", "**", "a*" * 50, "²", "٣"),
    *("$", "${", "${aws:username}", "$x", "%", "%7B%22", "{{ 1 }}", "{% for %}", "::stop-commands::x", "##[group]"),
    *("\x00", "\x1b[2J", "\n", "\r\n", "\u202e", "\ufeff", "\ud800", "é" * 100, "🦊", "x" * 5000, "<!--", "@team", "|"),
    *("..", "../secret", "/etc/passwd", "/dev/zero", "/proc/self/environ", "templates/p.j2", "a/" * 300, "//", "."),
    *(
        "arn:",
        "arn:aws:ecr:us-east-1:123456789012:repository/a",
        "arn:aws:iam::aws:policy/AdministratorAccess",
        ":" * 60,
    ),
    *("arn:aws:iam::²:role/x", "arn:aws:iam::999999999999:role/ci", "role/ci", "group/", "user/../x", "123456789012"),
    *(
        "us-gov-1",
        "cn-north-1",
        "2000::/3",
        "0.0.0.0/0",
        "9999-12-31T23:59:60Z",
        "v0",
        "v1",
        "v²",
        "v1.a-B3",
        "9" * 5000,
    ),
    *("([a-z]+-?)+", "(a*)*b", "[", "(?=a)", "a{9999}", "Allow", "Deny", "ecr:*", "iam:*", "pull", "mfa", "builtin"),
    *([], {}, [[]], {"": ""}, ["*"], [None], {"Ref": "x"}, [[[[[[]]]]]], "[" * 5000, "{}", '{"Statement": []}'),
)


def mutated_text(rng: random.Random, text: str, words: tuple[str, ...]) -> str:
    """The text with one to four pieces cut out, doubled, moved, or replaced by an odd one or one of the words."""
    for _ in range(rng.randint(1, 4)):
        begin, end = sorted(rng.randint(0, len(text)) for _ in range(2))
        end = min(end, begin + rng.choice((0, 1, 1, 5, 40, 400)))
        piece = text[begin:end]
        match rng.randrange(5):
            case 0:
                piece = ""
            case 1:
                piece *= rng.choice((2, 3, 50))
            case 2:
                piece = str(rng.choice(ODD))
            case 3:
                piece = rng.choice(words)
            case _:
                start = rng.randint(0, len(text))
                piece = text[start : start + rng.choice((1, 10, 100))]
        text = text[:begin] + piece + text[end:]
    return text


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where there is something in a value, without the value itself."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in items for place in ((*path, key), *places(inner, (*path, key)))]


def mutated_value(rng: random.Random, value: Any) -> Any:
    """The value with one to three things in it replaced, left out, doubled, renamed, or taken from elsewhere in it."""
    value = copy.deepcopy(value)
    for _ in range(rng.randint(1, 3)):
        there = places(value)
        if not there:
            break
        *way, last = rng.choice(there)
        holder = value
        for step in way:
            holder = holder[step]
        old = holder[last]
        match rng.randrange(6):
            case 0 | 1:
                holder[last] = copy.deepcopy(rng.choice(ODD))
            case 2:
                del holder[last]
            case 3:
                holder[last] = [old, copy.deepcopy(old)]
            case 4 if isinstance(holder, dict):
                holder[str(rng.choice(ODD))] = holder.pop(last)
            case _:
                found: Any = value
                for step in rng.choice(there):
                    found = found[step] if not isinstance(found, str | int | float | None) else found
                holder[last] = copy.deepcopy(found)
    return value
