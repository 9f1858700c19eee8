"""Which access the catalog's grants explain, of all that somebody has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ecrgen.account.account import Account, Principal
from ecrgen.account.resource_policies import SharedPlace, by_place
from ecrgen.audit.accounts import Accounts
from ecrgen.audit.unknown import stand_in
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.grantees import IamEntity, account_of, read_grantee
from ecrgen.catalog.halves import halves_of_grant
from ecrgen.catalog.managed import attached_policy
from ecrgen.catalog.model import Target
from ecrgen.catalog.places import Registry, Repository
from ecrgen.policy.arn import Arn
from ecrgen.policy.caller import caller_of
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.open_question import Answer, ask
from ecrgen.policy.request import Request
from ecrgen.proof.operations import Question
from ecrgen.proof.whatever import EVERYTHING, whatever_allowed

__all__ = ["Grants"]


class Grants:
    """What the catalog's grants say in accounts: in identity policies, by users, groups and roles, and of resources."""

    def __init__(self, catalog: Catalog, accounts: Accounts) -> None:
        self.granted: Mapping[str, Mapping[str, list[PolicyDocument]]] = {
            account.id: grants_in(catalog, account) for account in accounts.by_id.values()
        }
        self.resources: Mapping[str, Mapping[SharedPlace, PolicyDocument]] = {
            account.id: resources_in(catalog, account) for account in accounts.by_id.values()
        }

    def documents_for(self, principal: Principal) -> tuple[PolicyDocument, ...]:
        """The policies of the grants to a user or role, and to a user's groups."""
        caller = caller_of(principal.arn)
        assert caller is not None, "a principal can ask"
        kind = "user" if caller.type == "User" else "role"
        granted = self.granted.get(caller.account, {})
        names = [f"{kind}/{caller.name}", *(f"group/{group}" for group in principal.groups)]
        return tuple(document for name in names for document in granted.get(name, ()))

    def documents_on(self, repository: str) -> tuple[PolicyDocument, ...]:
        """What the grants say in the policies of a repository and of its registry."""
        place = Repository(repository)
        there = self.resources.get(place.account, {})
        return tuple(there[each] for each in (place, Registry(place.account, place.region)) if each in there)

    def explain_other(self, asked: Question, repository: str, answer: Answer) -> bool | None:
        """The same for somebody else, who has everything in an account of its own and is let in by the resource."""
        account = Repository(repository).account
        if not (self.granted.get(account) or self.resources.get(account)):
            return None
        documents = self.documents_on(repository)
        return bool(documents) and enough(
            answer, (ask(step.request, identity_of_other(step.request), documents).answer for step in asked.steps)
        )

    def explain(self, principal: Principal, asked: Question, answer: Answer) -> bool | None:
        """Whether they give what is asked, as far as an identity policy can; None where the account has no grants.

        What somebody can under no condition (`answer` is yes) is not explained by a grant that gives it under one.
        """
        caller = caller_of(principal.arn)
        if caller is None or not self.granted.get(caller.account):
            return None
        documents = self.documents_for(principal)
        return bool(documents) and enough(
            answer, (ask(step.request, documents, let_in(step.request)).answer for step in asked.steps)
        )


def enough(answer: Answer, given: Iterable[Answer]) -> bool:
    """True where the answers of the grants are as good as what somebody can."""
    return all(each == "yes" or each == answer for each in given)


def identity_of_other(request: Request) -> tuple[PolicyDocument, ...]:
    """What stands for the identity policies of somebody else: a service has none, and no resource lets in to `*`."""
    service = request.caller is not None and request.caller.type == "Service"
    return (EVERYTHING,) if request.resource == "*" and not service else whatever_allowed(request)


def let_in(request: Request) -> tuple[PolicyDocument, ...]:
    """What stands for the other half: of a repository in another account than the caller's."""
    arn, caller = Arn.parse(request.resource), request.caller
    across = arn is not None and caller is not None and arn.account != caller.account
    return (stand_in("Allow", "resource", request),) if across else ()


def grants_in(catalog: Catalog, account: Account) -> dict[str, list[PolicyDocument]]:
    """The policies of the grants to those of an account, by `role/NAME`, each as it would be attached."""
    found: defaultdict[str, list[PolicyDocument]] = defaultdict(list)
    target = target_in(catalog, account)
    for grant in catalog.grants.values():
        here = [each for to in grant.to if (each := entity_of(to)) and account_of(each, target.account) == account.id]
        if here:
            document = attached_policy(grant, grant.target(target))
            for each in here:
                found[f"{each.kind}/{each.name}"].append(document)
    return dict(found)


def resources_in(catalog: Catalog, account: Account) -> dict[SharedPlace, PolicyDocument]:
    """What the grants say in the policies of an account's repositories and registries."""
    target = target_in(catalog, account)
    halves = [
        half
        for grant in catalog.grants.values()
        for half in halves_of_grant(grant, catalog.namespace, target).resource
        if half.place.account == account.id
    ]
    said = by_place(halves, catalog.namespace, map(Repository, sorted(account.repositories)))
    return {place: PolicyDocument(statements) for place, statements in said.items()}


def target_in(catalog: Catalog, account: Account) -> Target:
    """The catalog's target, of which an account's file tells what the catalog leaves open."""
    home = catalog.account or account.id
    return catalog.target(home, catalog.regions or account.regions or None, account.partition)


def entity_of(to: str) -> IamEntity | None:
    grantee = read_grantee(to)
    return grantee if isinstance(grantee, IamEntity) else None
