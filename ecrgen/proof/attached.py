"""The managed policy of AWS's own that a grant attaches: what there is to say about it, as about a document"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ecrgen.catalog.managed import managed_policy, managed_unlike
from ecrgen.catalog.model import BoundPersona, Target
from ecrgen.catalog.rules import ECR_MANAGED_POLICY_UNKNOWN, ECR_MANAGED_POLICY_UNLIKE, LEAVE_MANAGED_OUT
from ecrgen.messages import quoted
from ecrgen.policy.aws_policies import aws_policy
from ecrgen.policy.check import Finding
from ecrgen.policy.document import PolicyDocument

__all__ = ["findings_of_managed", "unknown_managed"]


def unknown_managed(name: str | None) -> Iterator[Finding]:
    """The finding about a policy of AWS's own whose document is not known; none for one that is, and for None."""
    if name is not None and aws_policy(name) is None:
        message = f"ecrgen has no document of AWS's policy {quoted(name)}, so what it gives is not checked"
        yield ECR_MANAGED_POLICY_UNKNOWN.at("", message)


def findings_of_managed(
    bound: BoundPersona, target: Target, find: Callable[[PolicyDocument], Iterable[Finding]]
) -> Iterator[Finding]:
    """What there is to say about the policy of AWS's own that is attached for a persona.

    Of one that is known, the findings about its document, and how it differs from what the persona gives. Raises
    EcrgenError for a persona that cannot be rendered.
    """
    name = managed_policy(bound)
    yield from unknown_managed(name)
    known = aws_policy(name or "")
    if known is None:
        return
    for finding in find(known.document):
        yield replace(finding, message=f"{known}: {finding.message}", fix=LEAVE_MANAGED_OUT)
    for difference in managed_unlike(bound, target) or ():
        yield ECR_MANAGED_POLICY_UNLIKE.at("", f"unlike persona {bound.persona.name}, {known} {difference.words}")
