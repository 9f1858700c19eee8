"""Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ecrgen.policy.wildcards import COLONS, Pieces, compiled

__all__ = [
    "Keys",
    "Patterns",
    "Template",
    "Variable",
    "literal_text",
    "parse",
    "parse_resource",
    "plain",
    "substitute",
    "value_of",
]

# The context keys of a request, in lower case; a tuple is the value of a multivalued key.
Keys = Mapping[str, str | tuple[str, ...]]

VARIABLE = re.compile(r"\$\{(?:(?P<character>[*?$])|(?P<key>[^},']+), '(?P<default>[^']*)'|(?P<name>[^}]*))\}")


class Variable(NamedTuple):
    """A variable of a policy: the key as written and in lower case, and its default."""

    name: str
    key: str
    default: str | None


Template = tuple[tuple[str, bool] | Variable, ...]


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


def value_of(variable: Variable, keys: Keys) -> str | None:
    """What stands for a variable: the default only where the key is absent; a multivalued key has no value for it."""
    value = keys.get(variable.key, variable.default)
    return value if isinstance(value, str) else None


def substitute(template: Template, keys: Keys) -> Pieces | None:
    """The template with its values as literal pieces, or None where a variable has no value."""
    pieces = []
    for part in template:
        if isinstance(part, Variable):
            value = value_of(part, keys)
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


class Patterns:
    """Several patterns as one question: does any of them match this text?"""

    __slots__ = ("exact", "regex", "templates", "wild")

    def __init__(self, templates: Iterable[Template], regex: Callable[[Pieces], str]) -> None:
        exact: set[str] = set()
        wild: list[Pieces] = []
        variable: list[tuple[Template, bool]] = []
        for template in templates:
            pieces = tuple(part for part in template if not isinstance(part, Variable))
            has_wildcard = any(not literal and ("*" in text or "?" in text) for text, literal in pieces)
            if len(pieces) != len(template):
                variable.append((template, has_wildcard))
            elif has_wildcard:
                wild.append(pieces)
            else:
                exact.add(literal_text(pieces))
        self.exact = frozenset(exact)
        self.wild = compiled(regex, tuple(wild)) if wild else None
        self.templates = tuple(variable)
        self.regex = regex

    def match(self, text: str, keys: Keys) -> bool:
        if text in self.exact or (self.wild is not None and self.wild.fullmatch(text) is not None):
            return True
        return any(self.match_template(template, has_wildcard, text, keys) for template, has_wildcard in self.templates)

    def match_template(self, template: Template, has_wildcard: bool, text: str, keys: Keys) -> bool:
        pieces = substitute(template, keys)
        if pieces is None:
            return False
        if has_wildcard:
            return compiled(self.regex, (pieces,)).fullmatch(text) is not None
        return literal_text(pieces) == text
