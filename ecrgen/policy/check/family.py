"""A check family: the rules about one kind of mistake, and the function that reports them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ecrgen.policy.check.finding import Finding, Rule
from ecrgen.policy.check.model import PolicyView

__all__ = ["Family"]


@dataclass(frozen=True, slots=True)
class Family:
    """Rules and the function that finds, in a whole policy, where they are broken.

    `findings` reports the family's own rules and no others. Two families may share a rule. The order of findings does
    not matter. `of_grammar` says that it looks at policies of every kind, also those that are not ours to judge.
    """

    name: str
    rules: tuple[Rule, ...]
    findings: Callable[[PolicyView], Iterable[Finding]]
    of_grammar: bool = False
