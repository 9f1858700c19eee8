"""What a persona that is for a registry's policy gives: the policy that names its grantees, and whom that lets in."""

from __future__ import annotations

from collections.abc import Iterable

from ecrgen.catalog.halves import halves_of
from ecrgen.catalog.model import BoundPersona, Grant, Target
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Decision, evaluate
from ecrgen.policy.open_question import ask
from ecrgen.policy.request import Request
from ecrgen.proof.operations import Answer, Question
from ecrgen.proof.whatever import whatever_allowed

__all__ = ["answered", "decided", "registry_half"]


def registry_half(bound: BoundPersona, to: Iterable[str], target: Target) -> PolicyDocument:
    """What the registry's policy says for grantees, in the first of the target's regions. Raises EcrgenError."""
    grant = Grant(bound.persona.name, bound, tuple(to), through_registry=True)
    halves = halves_of(grant, "default", target.account, target).resource
    return halves[0].policy if halves else PolicyDocument(())


def decided(request: Request, policy: PolicyDocument) -> Decision:
    """The decision of a registry's policy."""
    return evaluate(request, identity=whatever_allowed(request), resource=(policy,))


def answered(asked: Question, policy: PolicyDocument) -> Answer:
    """The answer of a registry's policy."""
    return Answer(asked, tuple(ask(step.request, whatever_allowed(step.request), (policy,)) for step in asked.steps))
