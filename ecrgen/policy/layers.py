"""The layers of policies that have a say in a request, and what is in force of each of them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, assert_never

from ecrgen.policy.document import PolicyDocument

__all__ = ["CHECKED", "LAYERS", "NO_LIMITS", "TERMS", "Layer", "Levels", "Limits", "Policies", "levels_of", "limits_of"]

Layer = Literal["identity", "resource", "boundary", "session", "scp", "rcp", "endpoint"]
LAYERS: tuple[Layer, ...] = ("identity", "resource", "boundary", "session", "scp", "rcp", "endpoint")
# The order in which AWS checks them, and names the first that denies.
CHECKED: tuple[Layer, ...] = ("rcp", "scp", "endpoint", "resource", "identity", "boundary", "session")
# What AWS's messages of denied access call a policy of the layer.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
TERMS: dict[Layer, str] = {
    "identity": "identity-based policy",
    "resource": "resource-based policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "scp": "service control policy",
    "rcp": "resource control policy",
    "endpoint": "VPC endpoint policy",
}

# Of an organisation: the policies attached to its root, to each unit on the way, and to the account.
Levels = tuple[tuple[PolicyDocument, ...], ...]


class Policies(NamedTuple):
    """All policies that are asked together. None, and no level, is none in force."""

    identity: tuple[PolicyDocument, ...] = ()
    resource: tuple[PolicyDocument, ...] = ()
    boundary: PolicyDocument | None = None
    session: PolicyDocument | None = None
    scps: Levels = ()
    rcps: Levels = ()
    endpoint: PolicyDocument | None = None

    def of(self, layer: Layer) -> Levels:
        """The policies of a layer, level by level; every layer but those of an organisation has one level or none."""
        match layer:
            case "identity":
                return (self.identity,) if self.identity else ()
            case "resource":
                return (self.resource,) if self.resource else ()
            case "scp":
                return self.scps
            case "rcp":
                return self.rcps
            case "boundary":
                return () if self.boundary is None else ((self.boundary,),)
            case "session":
                return () if self.session is None else ((self.session,),)
            case "endpoint":
                return () if self.endpoint is None else ((self.endpoint,),)
            case _:
                assert_never(layer)

    def in_force(self) -> Iterable[tuple[Layer, int, tuple[PolicyDocument, ...]]]:
        """Every level of every layer that has one, with the level's number."""
        return [(layer, level, documents) for layer in LAYERS for level, documents in enumerate(self.of(layer))]


class Limits(NamedTuple):
    """The limits that are in force, which have to allow a request, too; of service control policies, the levels."""

    boundary: bool
    session: bool
    scps: int
    endpoint: bool


def limits_of(asked: Policies) -> Limits:
    """The limits among these policies."""
    return Limits(asked.boundary is not None, asked.session is not None, len(asked.scps), asked.endpoint is not None)


NO_LIMITS = Limits(boundary=False, session=False, scps=0, endpoint=False)


def levels_of(written: Sequence[Sequence[PolicyDocument]]) -> Levels:
    return tuple(map(tuple, written))
