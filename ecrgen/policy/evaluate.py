"""Would AWS allow it? The whole evaluation of a request by the policies of every layer, offline.

An explicit Deny in any layer wins. In the resource's own account an identity policy or a resource policy is enough;
from another account both are needed. A Principal that is only the caller's account leaves it to the identity policies.
Permissions boundaries, session policies, service control policies and endpoint policies limit what these allow,
resource control policies deny; ecrgen.policy.combine has the order and the exceptions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, assert_never

from ecrgen.errors import EcrgenError
from ecrgen.policy.caller import Caller
from ecrgen.policy.combine import Voice, binding, needs, tally, verdict
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.layers import CHECKED, NO_LIMITS, TERMS, Layer, Policies, levels_of, limits_of
from ecrgen.policy.reasons import explicit_deny, implicit_deny
from ecrgen.policy.request import Request
from ecrgen.policy.statements import Match, compiled_document
from ecrgen.policy.unasked import that_could_allow, that_could_deny

__all__ = ["Decision", "Match", "Request", "evaluate"]

# What is heard of the identity policies, where nobody else has a say.
SILENCE: frozenset[tuple[Voice, int]] = frozenset()
ALLOWED: frozenset[tuple[Voice, int]] = frozenset({("identity", 0)})

# The types of callers that nobody can attach a policy to.
WITHOUT_IDENTITY = frozenset({"Account", "Service"})

Effect = Literal["Allow", "ExplicitDeny", "ImplicitDeny"]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a request: the effect, the layer that decided, and every statement that gave it.

    An explicit deny is the first layer's that denies in AWS's order, an implicit one the first layer's that would have
    to allow and does not; no statement gave that. An Allow is the resource's policies' where they are enough or needed,
    else the identity policies'; its statements are theirs.
    """

    effect: Effect
    layer: Layer
    matched: tuple[Match, ...]
    request: Request = field(repr=False)
    policies: Policies = field(repr=False, compare=False)

    @property
    def allowed(self) -> bool:
        """True where the request is allowed."""
        return self.effect == "Allow"

    @property
    def reason(self) -> str:
        """The cause, and for a denial AWS's own words for it."""
        match self.effect:
            case "Allow":
                return self.cause
            case "ExplicitDeny":
                return f"{self.cause}, {self.denial}"
            case "ImplicitDeny":
                return f"{self.cause} ({self.denial})"
            case _:
                assert_never(self.effect)

    @property
    def denial(self) -> str:
        """The end of AWS's message of a denial, such as `with an explicit deny in a service control policy`.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
        """
        assert not self.allowed, "nothing is denied"
        term = TERMS[self.layer]
        if self.effect == "ExplicitDeny":
            return f"with an explicit deny in {'an' if self.layer == 'identity' else 'a'} {term}"
        return f"because no {term} allows the {self.request.action} action"

    @property
    def cause(self) -> str:
        """The statements that decided; of an implicit deny the nearest miss and what it missed.

        Worked out when it is asked for, so that a decision without it costs nothing more.
        """
        statements = " and ".join(map(str, self.matched))
        match self.effect:
            case "Allow" if statements:
                return f"allowed by {statements}"
            case "Allow":
                return "allowed: the root user may do everything in its account that no policy denies"
            case "ExplicitDeny":
                return f"denied by {explicit_deny(self.request, self.policies, self.matched)}"
            case "ImplicitDeny":
                return implicit_deny(self.request, self.policies, self.layer)
            case _:
                assert_never(self.effect)

    @property
    def not_considered(self) -> tuple[Layer, ...]:
        """The layers of which no policy was given, and in which one could change the answer.

        A Deny of any layer that binds the caller or the resource could take an Allow away. An implicit deny could
        become an Allow by those layers whose Allow, perhaps together with another's, is all that is wanting.
        """
        match self.effect:
            case "Allow":
                return that_could_deny(self.request, self.policies)
            case "ExplicitDeny":
                return ()
            case "ImplicitDeny":
                return that_could_allow(self.request, self.policies)
            case _:
                assert_never(self.effect)


def evaluate(
    request: Request,
    identity: Sequence[PolicyDocument] = (),
    resource: Sequence[PolicyDocument] = (),
    boundary: PolicyDocument | None = None,
    session: PolicyDocument | None = None,
    scps: Sequence[Sequence[PolicyDocument]] | None = (),
    rcps: Sequence[Sequence[PolicyDocument]] | None = (),
    endpoint: PolicyDocument | None = None,
) -> Decision:
    """Decide a request by the caller's policies, the resource's, and those that limit both.

    `resource` has the repository's and the registry's policy. `boundary` and `session` are the caller's permissions
    boundary and session policy, `endpoint` is the policy of the VPC endpoint that the request comes through. `scps` are
    the levels of service control policies above the caller, from the organisation's root down to its account, each with
    the policies attached there; `rcps` are the same of the resource control policies above the resource. None, or no
    level, is none in force.

    Documents are compiled once and remembered by identity; keep them to ask again quickly. Raises EcrgenError where
    policies and principal do not go together: a resource policy for `*`; an identity policy, boundary or session policy
    for an AWS service or the root user; or a document of another kind than its layer's.
    """
    if not (resource or boundary or session or scps or rcps or endpoint):
        return by_identity(request, tuple(identity))
    given = Policies(
        tuple(identity), tuple(resource), boundary, session, levels_of(scps or ()), levels_of(rcps or ()), endpoint
    )
    caller = request.caller
    if caller is not None:
        check(caller, given)
    if caller is None:
        refuse_names(given)
    policies = binding(request, given)
    denied, allowed = tally(request, policies)
    if denied:
        denying = {match.origin for match in denied}
        first = next(layer for layer in CHECKED if layer in denying)
        return Decision("ExplicitDeny", first, tuple(denied), request, given)
    found = verdict(needs(request), caller.type if caller else None, limits_of(policies), frozenset(allowed))
    matched = tuple([match for voice in found.voices for match in allowed.get((voice, 0), ())])
    return Decision("Allow" if found.allowed else "ImplicitDeny", found.layer, matched, request, given)


def by_identity(request: Request, documents: tuple[PolicyDocument, ...]) -> Decision:
    """The same where no other layer has a policy, as in most questions: it takes half the time."""
    caller = request.caller
    policies = Policies(documents)
    if caller is not None and caller.type in WITHOUT_IDENTITY:
        check(caller, policies)
    action = request.action.lower()
    denied: list[Match] = []
    allowed: list[Match] = []
    for number, document in enumerate(documents):
        for each in compiled_document(document, "identity").naming(action):
            if each.applies(request):
                match = Match("identity", number, each.index, each.sid)
                (denied if each.effect == "Deny" else allowed).append(match)
    if denied:
        return Decision("ExplicitDeny", "identity", tuple(denied), request, policies)
    heard = ALLOWED if allowed else SILENCE
    found = verdict(needs(request), caller.type if caller else None, NO_LIMITS, heard)
    matched = tuple(allowed) if found.voices else ()
    return Decision("Allow" if found.allowed else "ImplicitDeny", found.layer, matched, request, policies)


def check(caller: Caller, policies: Policies) -> None:
    """Raises EcrgenError for policies that such a caller cannot have."""
    if caller.type in WITHOUT_IDENTITY:
        who = "the root user" if caller.type == "Account" else "an AWS service"
        for has, what in (
            (policies.identity, "identity policies"),
            (policies.boundary, "permissions boundary"),
            (policies.session, "session policy"),
        ):
            if has:
                raise EcrgenError(f"principal {caller.principal}: {who} has no {what}")


def refuse_names(policies: Policies) -> None:
    """Raises EcrgenError for a policy that may tell one caller from another."""
    layers: tuple[Layer, ...] = ("rcp", "endpoint")
    if policies.resource or not all(
        compiled_document(document, layer).for_everyone
        for layer in layers
        for documents in policies.of(layer)
        for document in documents
    ):
        kind = "resource" if policies.resource else "endpoint" if policies.endpoint else "resource control"
        article = "an" if kind == "endpoint" else "a"
        raise EcrgenError(f"principal *: {article} {kind} policy names principals, so the request must say who asks")
