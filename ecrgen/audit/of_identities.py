"""Identity policies → the personas that decide the same, or what is left of them"""

from __future__ import annotations

from dataclasses import dataclass

from ecrgen.account.desired import USERNAME
from ecrgen.audit.holders import Holders, aws_name
from ecrgen.audit.imported import Candidate, Left
from ecrgen.audit.readings import about_ecr
from ecrgen.audit.recover import Least, nearest, recovered
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.grantees import kind_of, read_grantee
from ecrgen.catalog.managed import managed_policy
from ecrgen.catalog.model import Target
from ecrgen.errors import EcrgenError
from ecrgen.policy.access import diff
from ecrgen.policy.aws_policies import AwsPolicy, aws_policy
from ecrgen.policy.document import PolicyDocument

__all__ = ["Outcome", "outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The personas that a policy is, together; the services of which it also speaks; or what is left of it."""

    candidates: tuple[Candidate, ...] = ()
    managed: bool = False
    others: tuple[str, ...] = ()
    left: Left | None = None


def outcome(catalog: Catalog, least: Least, holders: Holders) -> Outcome:
    """What a policy of somebody's becomes; nothing at all where it says nothing about ECR."""
    document, names, home = holders.held.document, holders.named(), holders.home
    if document is None:
        return Outcome(left=Left(names, f"not known: {holders.held.unknown}"))
    refused = refusal(document, holders)
    if refused:
        return Outcome(left=Left(names, refused))
    own = aws_name(holders.held)
    if own:
        managed = managed_by(catalog, aws_policy(own), document, home)
        if managed is not None:
            return Outcome((managed,), managed=True)
    whole = recovered(catalog, least, document, home) if is_beyond_ecr(document, least) else ()
    if whole:
        return Outcome(whole)
    about = about_ecr(document)
    if about.unclear:
        return Outcome(left=Left(names, about.unclear))
    if about.policy is None:
        return Outcome()
    found = () if own else recovered(catalog, least, about.policy, home)
    if found:
        return Outcome(found, others=about.others)
    reason = "AWS's own, which no persona gives" if own else "no personas give the same"
    return Outcome(left=Left(names, reason, nearest(catalog, about.policy, home)))


def refusal(document: PolicyDocument, holders: Holders) -> str:
    """Why no grant can be to those who have a policy; empty where one can."""
    try:
        entities = [read_grantee(to) for to in holders.to]
    except EcrgenError as error:
        return error.problems[0]
    if USERNAME.search(document.to_json(None)) and any(kind_of(each) == "role" for each in entities):
        return "speaks of ${aws:username}, which the sessions of a role do not have"
    return ""


def is_beyond_ecr(document: PolicyDocument, least: Least) -> bool:
    """True for a policy that a persona could be which gives actions of other services, too, such as operator."""
    services = {action.partition(":")[0] for actions in least.values() for action in actions} - {"ecr", "ecr-public"}
    named = {action.lower().partition(":")[0] for each in document.statements for action in each.actions}
    return bool(named & services)


def managed_by(catalog: Catalog, own: AwsPolicy | None, document: PolicyDocument, home: Target) -> Candidate | None:
    """The persona whose grant with `managed: true` attaches this policy and gives what the persona gives."""
    if own is None or diff(own.document, document):  # AWS edited it since, or before
        return None
    for persona in catalog.personas.values():
        if (
            not persona.of_registry
            and not persona.managed_policy
            and not any(each.required for each in persona.parameters.values())
        ):
            bound = catalog.bind(persona.name, {})
            if managed_policy(bound) == own.name_in_arn:
                return Candidate(bound, home, document)
    return None
