"""What stops an apply before its first write: findings about what it would hand out, and broken promises."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ecrgen.account.desired import Desired
from ecrgen.account.state import Kind
from ecrgen.catalog.expectations import located, outcomes
from ecrgen.catalog.model import Catalog
from ecrgen.policy.check import check
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.changes import Attach, Create, Plan, Update

__all__ = ["objections"]

SEVERE = ("ERROR", "SECURITY_WARNING")


def objections(plan: Plan, desired: Desired, catalog: Catalog) -> Iterator[str]:
    """A line for each severe finding about a policy that the plan makes or attaches, and for each expectation that the
    personas of these policies do not meet. Raises EcrgenError for expectations that cannot be asked."""
    handed = {
        change.policy.arn if not isinstance(change, Attach) else change.attachment.policy
        for change in plan.changes
        if isinstance(change, Create | Update | Attach)
    }
    kinds: defaultdict[str, set[Kind]] = defaultdict(set)
    for attachment in desired.attachments:
        kinds[attachment.policy].add(attachment.grantee.kind)
    personas: dict[str, None] = {}
    for policy in desired.policies.values():
        if policy.arn in handed:
            personas[policy.persona] = None
            yield from severe_findings(policy.grant, policy.name, policy.document, sorted(kinds[policy.arn]))
    for name in personas:
        for outcome in outcomes(catalog, catalog.personas[name]):
            if not outcome.met:
                must = "allowed" if outcome.expected == "allow" else "denied"
                yield located(catalog, outcome.place, f"{outcome.entry}: must be {must}, but {outcome.reason}")


def severe_findings(grant: str, name: str, document: PolicyDocument, kinds: Iterable[Kind]) -> Iterator[str]:
    asked: list[Kind | None] = [*kinds]
    found = dict.fromkeys(
        finding
        for kind in asked or [None]
        for finding in check(document, principal_kind=kind)
        if finding.severity in SEVERE
    )
    for finding in found:
        place = f": {finding.path}" if finding.path else ""
        yield f"{grant}: {name}{place}: {finding.severity} {finding.code}: {finding.message}; {finding.fix}"
