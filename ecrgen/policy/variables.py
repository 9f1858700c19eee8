"""Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

__all__ = [
    "COLONS",
    "Keys",
    "Pieces",
    "Template",
    "Variable",
    "literal_text",
    "parse",
    "parse_resource",
    "plain",
    "substitute",
    "value_of",
    "variables_of",
    "without_variables",
]

# The context keys of a request, in lower case; a tuple is the value of a multivalued key.
Keys = Mapping[str, str | tuple[str, ...]]

VARIABLE = re.compile(r"\$\{(?:(?P<character>[*?$])|(?P<key>[^},']+), '(?P<default>[^']*)'|(?P<name>[^}]*))\}")


# Bounded, so that a text of many openings and no end is read in linear time.
REPLACED = re.compile(r"\$\{[^}]{0,512}\}")


class Variable(NamedTuple):
    """A variable of a policy: the key as written and in lower case, and its default."""

    name: str
    key: str
    default: str | None


# Text and whether it is literal: the value of a variable is, so that a tag value `*` is an asterisk.
Pieces = tuple[tuple[str, bool], ...]
Template = tuple[tuple[str, bool] | Variable, ...]
# An ARN has so many before its resource.
COLONS = 5


def parse(text: str) -> Template:
    """The pieces of a policy's text and the variables between them; `${` without an end is plain text."""
    template: list[tuple[str, bool] | Variable] = []
    end = 0
    for found in VARIABLE.finditer(text):
        if found.start() > end:
            template.append((text[end : found.start()], False))
        character, key, default, name = found.group("character", "key", "default", "name")
        template.append((character, True) if character else Variable(key or name, (key or name).lower(), default))
        end = found.end()
    if end < len(text):
        template.append((text[end:], False))
    return tuple(template)


def value_of(variable: Variable, keys: Keys, empty: bool = True) -> str | None:
    """The value of a variable: the default only where the key is absent; a multivalued key has no value for it.

    `empty` says whether a key that the request has with an empty text has a value; a default that is one is written so.
    """
    value = keys.get(variable.key, variable.default)
    if not isinstance(value, str) or (value == "" and not empty and variable.key in keys):
        return None
    return value


def variables_of(texts: Iterable[str], parser: Callable[[str], Template] | None = None) -> tuple[Variable, ...]:
    """The variables in texts, each once, as `parse` or another parser reads them."""
    parts = (part for text in texts if "${" in text for part in (parser or parse)(text))
    return tuple(dict.fromkeys(part for part in parts if isinstance(part, Variable)))


def substitute(template: Template, keys: Keys, empty: bool = True) -> Pieces | None:
    """The template with its values as literal pieces, or None where a variable has no value."""
    pieces = []
    for part in template:
        if isinstance(part, Variable):
            value = value_of(part, keys, empty)
            if value is None:
                return None
            pieces.append((value, True))
        else:
            pieces.append(part)
    return tuple(pieces)


def literal_text(pieces: Pieces) -> str:
    return "".join(text for text, _ in pieces)


def plain(text: str) -> Template:
    """A text of a policy whose Version has no variables."""
    return ((text, False),)


def parse_resource(text: str) -> Template:
    """A Resource: variables stand only after the fifth colon, and before it are plain text."""
    template = parse(text)
    colons = 0
    for part in template:
        if isinstance(part, Variable) or part[1]:
            break
        colons += part[0].count(":")
    return template if colons >= COLONS else plain(text)


def without_variables(text: str) -> str:
    """A text with `*` for each policy variable, whose value may be anything."""
    return REPLACED.sub("*", text) if "${" in text else text
