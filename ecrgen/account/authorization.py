"""What IAM keeps of a denied request: the policies that it looked at, check by check, and what came of each.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ecrgen.policy.layers import Layer

__all__ = ["Authorization", "Check", "Effect", "Evaluated", "Evaluation", "Matched"]

# implicit: nothing allows it, and something has to. none: nothing matches, and nothing has to.
Effect = Literal["allow", "none", "implicit", "explicit"]


@dataclass(frozen=True, slots=True)
class Matched:
    """A policy some of whose statements matched; `uri` is its ARN, or an id that says nothing where it is inline."""

    uri: str
    allowing: tuple[str, ...] = ()
    denying: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a request needs. `layer` is None for a kind of check that ecrgen does not know; `name` is AWS's.

    `target` is the ARN of the root, unit or account whose policies were asked, where there are several such checks.
    """

    layer: Layer | None
    name: str
    effect: Effect
    target: str | None = None
    matched: tuple[Matched, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An action on a resource (`*` for none), and what came of it. `checks` is None where AWS does not show them.

    `matched` are the policies with a statement that matched, of whatever check. `context` are the keys of this one
    beside those of the request.
    """

    action: str
    resource: str
    effect: Effect
    checks: tuple[Check, ...] | None
    matched: tuple[Matched, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A policy that was looked at, as it was then. `unread` says why `document` is not there, if it is not.

    `layer` is None for a type of policies that ecrgen does not know; `type` is AWS's name of it.
    """

    layer: Layer | None
    type: str
    uri: str
    inline: bool
    attached: tuple[str, ...]
    document: Mapping[str, Any] | None = None
    unread: str = ""

    def __str__(self) -> str:
        if not self.inline:
            return self.uri
        return f"an inline policy of {', '.join(self.attached)}" if self.attached else "an inline policy"


@dataclass(frozen=True, slots=True)
class Authorization:
    """All of it. `context` are the keys of the request with their values, as AWS spells them."""

    id: str
    context: Mapping[str, Any]
    evaluations: tuple[Evaluation, ...]
    policies: tuple[Evaluated, ...]

    def keys(self, one: Evaluation) -> dict[str, Any]:
        """The keys of an evaluation and of its request, in lower case."""
        return {key.lower(): value for key, value in {**self.context, **one.context}.items()}
