"""Names of grants that are imported: after the persona and its first repository, or its first grantee, each once"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ecrgen.catalog.arguments import Argument
from ecrgen.catalog.model import BoundPersona
from ecrgen.policy.arn import Arn

__all__ = ["Names"]

LONGEST = 40


class Names:
    """The names that are taken, which IAM compares without case."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = {each.lower() for each in taken}

    def for_grant(self, bound: BoundPersona, to: str) -> str:
        """A name after the persona and its first repository, or its first grantee."""
        arn = Arn.parse(to)
        about = first_text(bound.arguments.values()) or (arn.resource if arn else to).rpartition("/")[2]
        slug = re.sub("[^a-z0-9]+", "-", about.lower()).strip("-")[:LONGEST] or "all"
        name, number = f"{bound.persona.name}-{slug}", 1
        while name.lower() in self.taken:
            number += 1
            name = f"{bound.persona.name}-{slug}-{number}"
        self.taken.add(name.lower())
        return name


def first_text(arguments: Iterable[Argument | None]) -> str:
    for value in arguments:
        if isinstance(value, tuple) and value:
            return str(value[0])
        if isinstance(value, str):
            return value
    return ""
