"""What a persona that is for a registry's policy gives: the policy that names its grantees, and whom that lets in.

A caller of another account needs an identity policy there as well. So that the registry's policy alone decides, such a
caller is taken to have one that allows everything; one of the registry's own account needs none.
"""

from __future__ import annotations

from collections.abc import Iterable

from ecrgen.catalog.halves import halves_of
from ecrgen.catalog.model import BoundPersona, Grant, Target
from ecrgen.policy.arn import Arn
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.evaluate import Decision, evaluate
from ecrgen.policy.open_question import ask
from ecrgen.policy.request import Request
from ecrgen.proof.operations import Answer, Question

__all__ = ["answered", "decided", "registry_half"]

EVERYTHING = PolicyDocument(Statement("Allow", action="*", resource="*"))


def registry_half(bound: BoundPersona, to: Iterable[str], target: Target) -> PolicyDocument:
    """What the registry's policy says for grantees, in the first of the target's regions. Raises EcrgenError."""
    grant = Grant(bound.persona.name, bound, tuple(to), through_registry=True)
    halves = halves_of(grant, "default", target.account, target).resource
    return halves[0].policy if halves else PolicyDocument(())


def own_policies(request: Request) -> tuple[PolicyDocument, ...]:
    """The identity policies with which the resource's own policy alone decides a request."""
    arn, caller = Arn.parse(request.resource), request.caller
    return () if arn is None or caller is None or caller.account == arn.account else (EVERYTHING,)


def decided(request: Request, policy: PolicyDocument) -> Decision:
    """The decision of a registry's policy."""
    return evaluate(request, identity=own_policies(request), resource=(policy,))


def answered(asked: Question, policy: PolicyDocument) -> Answer:
    """The answer of a registry's policy."""
    return Answer(asked, tuple(ask(step.request, own_policies(step.request), (policy,)) for step in asked.steps))
