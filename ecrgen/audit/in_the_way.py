"""Which kind of policy stands in the way of a denied request, and who can change it, as far as its message tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecrgen.audit.denial import Culprit, Denial
from ecrgen.audit.message import TERM_OF
from ecrgen.audit.remedy import grantee_of
from ecrgen.catalog.catalog import Catalog
from ecrgen.policy.layers import Layer

__all__ = ["in_the_way"]

# Who has to change a policy that ecrgen does not make.
OWNERS: Mapping[Culprit, str] = {
    "boundary": "whoever sets the permissions boundary of the user or role",
    "session": "whoever assumes the role: the session policy is given with sts:AssumeRole",
    "scp": "whoever manages the organization's service control policies",
    "rcp": "whoever manages the organization's resource control policies",
    "endpoint": "whoever manages the VPC endpoint that the request came through",
    "trust": "whoever manages the role that is to be assumed",
    "identity": "whoever manages the policies of the principal and its groups",
    "resource": "whoever manages the policy of the repository",
}


def in_the_way(catalog: Catalog, denial: Denial, lacking: Layer | None = None) -> Iterator[str]:
    """Which policies stand in the way, and who changes them; `lacking` are those that allow nothing by a state."""
    layer, term = denial.layer, TERM_OF[denial.layer] if denial.layer else "policy"
    article = "An" if term[0] in "aeiou" else "A"
    caller = denial.caller
    if caller is not None and caller.type == "Account" and layer in (None, "identity") and not denial.across_accounts:
        yield "The root user needs no grant in its own account: a policy of the organization or a Deny is in the way."
    match denial.effect, layer:
        case "explicit", None:
            yield "A statement with Effect Deny applies, of which kind of policy the text does not say. No grant helps."
        case "explicit", str():
            named = f" ({denial.policy})" if denial.policy else ""
            yield f"{article} {term}{named} denies the request. No grant helps: {OWNERS[layer]} must change it."
            if layer == "scp":
                yield "Older messages say so, too, where no service control policy allows the action."
        case "implicit", "identity":
            yield "No identity-based policy of the principal allows the action on this resource, or a condition fails."
            if denial.across_accounts:
                yield "The repository is in another account, whose policy of the repository has to allow it as well."
        case "implicit", "resource":
            yield from by_resource(denial, lacking)
        case "implicit", None:
            yield "No policy of one kind allows the action; the text ends before it says of which."
        case "implicit", str():
            yield f"No {term} allows the action. No grant helps: {OWNERS[layer]} must widen it."
        case None, "resource":
            yield "The resource does not exist in this region, or its policy does not allow the access, or denies it."
        case _:
            yield (
                "The text does not say which kind of policy denied. Most often no identity-based policy allows the "
                "action; it may be a Deny as well."
            )
    if caller is not None and caller.type == "FederatedUser":
        yield "The principal is a federated user: grants are to the user or role that asked for its credentials."
    if denial.role is None and caller is not None and caller.is_session and grantee_of(catalog, denial):
        yield "A session does not tell the path of its role; write it where the role has one."


def by_resource(denial: Denial, lacking: Layer | None) -> Iterator[str]:
    match denial.across_accounts:
        case True if lacking == "identity":
            yield "The repository is in another account, and its policy lets the principal in: its own policies do not."
        case True:
            yield "The repository is in another account, and its policy does not let the principal in."
            yield "The message hides whether the principal's own policies allow it: they have to, as well."
        case False:
            yield "Neither the repository's policy nor an identity-based policy lets the principal in; one is enough."
        case None:
            yield "The repository's policy does not let the principal in. In its own account, its own policies could."
