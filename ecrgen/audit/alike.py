"""Repositories that are alike to policies: one question to one of them answers for all.

Repositories are numbered, and sets of them are the bits of an integer: so a pattern is matched once with each name, and
a policy of a thousand statements divides a thousand repositories in a few steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ecrgen.policy.patterns import Pattern
from ecrgen.policy.variables import Keys, parse_resource, variables_of, without_variables

__all__ = ["Repositories"]


class Repositories:
    """Repositories by their ARNs, each of which has a number; a set of them is an integer, with a bit for each."""

    def __init__(self, arns: Iterable[str]) -> None:
        self.arns: Sequence[str] = tuple(dict.fromkeys(arns))
        self.numbers = {arn: number for number, arn in enumerate(self.arns)}
        self.all = (1 << len(self.arns)) - 1
        self.known: dict[str, int] = {}

    def of(self, arns: Iterable[str]) -> int:
        """The set of these repositories."""
        found = 0
        for arn in arns:
            found |= 1 << self.numbers[arn]
        return found

    def members(self, chosen: int) -> Iterator[str]:
        """The ARNs of a set."""
        while chosen:
            lowest = chosen & -chosen
            yield self.arns[lowest.bit_length() - 1]
            chosen ^= lowest

    def matching(self, text: str) -> int:
        """Those that a Resource without variables matches."""
        found = self.known.get(text)
        if found is None:
            if "*" in text or "?" in text:
                found = self.of(Pattern.of(text, "resource", variables=False).among(self.arns))
            else:
                found = 1 << self.numbers[text] if text in self.numbers else 0
            self.known[text] = found
        return found

    def matching_for(self, text: str, keys: Keys) -> tuple[int, bool]:
        """Those that a Resource with variables matches, and whether the keys tell all of their values.

        Where they do not, those that it may match.
        """
        if all(variable.key in keys for variable in variables_of((text,), parse_resource)):
            pattern = Pattern.of(text, "resource")
            return self.of(arn for arn in self.arns if pattern.matches(arn, keys)), True
        return self.matching(without_variables(text)), False

    def divided(self, parts: Iterable[int], cuts: Iterable[int], alone: int) -> list[int]:
        """The parts, cut so that each lies inside or outside every cut, and each repository of `alone` is a part."""
        found = [part for part in parts if part]
        for cut in dict.fromkeys(cuts):
            if cut and cut != self.all:
                found = [piece for part in found for piece in (part & cut, part & ~cut) if piece]
        if not alone:
            return found
        single = [1 << self.numbers[arn] for arn in self.members(alone)]
        return [part & ~alone for part in found if part & ~alone] + single
