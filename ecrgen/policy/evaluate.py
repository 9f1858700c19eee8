"""Would AWS allow it? The evaluation logic of identity policies and resource policies, offline.

An explicit Deny anywhere wins. In the resource's own account an identity policy or a resource policy is enough; from
another account both are needed. A Principal that is only the caller's account leaves it to the identity policies.
Not looked at is what only takes away: service and resource control policies, permissions boundaries, session policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, assert_never

from ecrgen.errors import EcrgenError
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.principals import Needs, needs
from ecrgen.policy.reasons import implicit_deny
from ecrgen.policy.request import Request
from ecrgen.policy.statements import Match, applying

__all__ = ["Decision", "Match", "Request", "evaluate"]

Effect = Literal["Allow", "ExplicitDeny", "ImplicitDeny"]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a request: the effect, and every statement that gave it (none for an implicit deny)."""

    effect: Effect
    matched: tuple[Match, ...]
    request: Request = field(repr=False)
    identity: tuple[PolicyDocument, ...] = field(repr=False, compare=False)
    resource: tuple[PolicyDocument, ...] = field(repr=False, compare=False)

    @property
    def allowed(self) -> bool:
        """True where the request is allowed."""
        return self.effect == "Allow"

    @property
    def reason(self) -> str:
        """The reason in words: the statements that decided; of an implicit deny the nearest miss and what it missed.

        Worked out when it is asked for, so that a decision without it costs nothing more.
        """
        statements = " and ".join(map(str, self.matched))
        match self.effect:
            case "Allow" if statements:
                return f"allowed by {statements}"
            case "Allow":
                return "allowed: the root user may do everything in its account that no policy denies"
            case "ExplicitDeny":
                return f"denied by {statements}"
            case "ImplicitDeny":
                return implicit_deny(self.request, self.identity, self.resource)
            case _:
                assert_never(self.effect)


def evaluate(
    request: Request, *, identity: Sequence[PolicyDocument] = (), resource: Sequence[PolicyDocument] = ()
) -> Decision:
    """Decide a request by the caller's identity policies and the resource's own policies.

    Documents are compiled once and remembered by identity; keep them to ask again quickly. Raises EcrgenError where
    policies and principal do not go together: a resource policy for `*`, an identity policy for an AWS service or the
    root user, or a document of the other kind.
    """
    identity, resource = tuple(identity), tuple(resource)
    check(request, identity, resource)
    denied: list[Match] = []
    allowed: list[Match] = []
    for statement, match, _ in applying(request, identity, "identity"):
        (denied if statement.effect == "Deny" else allowed).append(match)
    granted: list[Match] = []
    delegated: list[Match] = []
    for statement, match, reach in applying(request, resource, "resource"):
        if statement.effect == "Deny":
            denied.append(match)
        else:
            (granted if reach == "caller" else delegated).append(match)

    if denied:
        return Decision("ExplicitDeny", tuple(denied), request, identity, resource)
    deciding = enough(needs(request), allowed, granted, delegated)
    effect: Effect = "ImplicitDeny" if deciding is None else "Allow"
    return Decision(effect, tuple(deciding or ()), request, identity, resource)


def enough(need: Needs, allowed: list[Match], granted: list[Match], delegated: list[Match]) -> list[Match] | None:
    """The Allow statements that are enough together, or None where they are not.

    `allowed` are the identity policies', `granted` the resource policies' that name the caller, `delegated` those that
    name only its account.
    """
    match need:
        case "nobody":
            return granted
        case "either":
            return allowed + granted or None
        case "both":
            return allowed + granted + delegated if allowed and (granted or delegated) else None
        case "resource":
            return granted or None
        case _:
            assert_never(need)


def check(request: Request, identity: Sequence[PolicyDocument], resource: Sequence[PolicyDocument]) -> None:
    caller = request.caller
    if caller is None and resource:
        raise EcrgenError("principal *: a resource policy names principals, so the request must say who asks")
    if caller is not None and identity and caller.type in ("Account", "Service"):
        who = "the root user" if caller.type == "Account" else "an AWS service"
        raise EcrgenError(f"principal {caller.principal}: {who} has no identity policies")
