"""Both halves of a grant: its identity policy, and what the resources' own policies have to say, derived from that.

Of a persona that is for the registry's policy there is that half alone: what its template writes, to the grantees.

A request from another account needs an Allow on both sides. So each Allow of the identity policy becomes an Allow of
the repository's policy: its actions that work on repositories, to the grantees, under the same conditions. What a
Deny of the identity policy takes away is left out of it, because a Deny in a policy that others share would also take
from what other grants give.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ecrgen.catalog.grantees import Grantee, Service, grantees_of
from ecrgen.catalog.model import Grant, Target
from ecrgen.catalog.places import Place, Registry, Repositories, Repository
from ecrgen.catalog.principals import Principal, principals_of
from ecrgen.catalog.render import and_conditions, identity_half, met_by_identities, written
from ecrgen.catalog.repositories import Allowed, allowed_on_repositories, is_pattern
from ecrgen.catalog.sids import sid_of
from ecrgen.catalog.suitable import out_of_place
from ecrgen.errors import EcrgenError, Problems
from ecrgen.policy.document import PolicyDocument, Statement

__all__ = [
    "Halves",
    "ResourceHalf",
    "documents_of",
    "halves_of",
    "halves_of_grant",
    "lets_others_in",
    "offline",
    "resource_halves",
    "signed",
]


@dataclass(frozen=True, slots=True)
class ResourceHalf:
    """What a grant says in one resource policy, in which others may have statements, too."""

    place: Place
    statements: tuple[Statement, ...]

    @property
    def policy(self) -> PolicyDocument:
        """A document of these statements alone."""
        return PolicyDocument(self.statements)


@dataclass(frozen=True, slots=True)
class Halves:
    """A grant's identity policy, None where nobody can have one, and its statements in resources' policies."""

    identity: PolicyDocument | None
    resource: tuple[ResourceHalf, ...] = ()


def halves_of(grant: Grant, namespace: str, home: str, target: Target) -> Halves:
    """Both halves of a grant. `home` is the catalog's own account, `target` the catalog's.

    Raises EcrgenError with every problem: of the template, and of what no resource policy can say.
    """
    target = grant.target(target)
    grantees = tuple(grantees_of(grant.to).values())
    found = (out_of_place(grant.persona, each, home, target.account, target.partition) for each in grantees)
    Problems(problem for problem in found if problem).stop()
    identity = identity_half(grant, target)
    if grant.managed:
        return Halves(identity)
    statements: dict[Place, list[Statement]] = {}
    for services in (False, True):
        some = tuple(each for each in grantees if isinstance(each, Service) == services)
        if some:
            # the guards that only services meet narrow what services get
            bound = grant.bound if services else met_by_identities(grant.bound)
            document = identity if identity is not None and not services else written(bound, target)
            for place, statement in derived(grant, document, Sides(some, home, target, grant.persona.of_registry)):
                statements.setdefault(place, []).append(statement)
    return Halves(
        identity, tuple(ResourceHalf(place, signed(grant.name, namespace, statements[place])) for place in statements)
    )


def resource_halves(
    grant: Grant, document: PolicyDocument, namespace: str, home: str, target: Target
) -> tuple[ResourceHalf, ...]:
    """What resources' policies say for a grant where this is its identity policy, as it was once.

    To its grantees of today but for services, which have no identity policy. `home` and `target` as for `halves_of`.
    """
    target = grant.target(target)
    some = tuple(each for each in grantees_of(grant.to).values() if not isinstance(each, Service))
    statements: dict[Place, list[Statement]] = {}
    for place, statement in derived(grant, document, Sides(some, home, target)):
        statements.setdefault(place, []).append(statement)
    return tuple(ResourceHalf(place, signed(grant.name, namespace, said)) for place, said in statements.items())


def halves_of_grant(grant: Grant, namespace: str, target: Target) -> Halves:
    """Both halves of a grant of a catalog, at its target. Raises EcrgenError with every problem, naming the grant."""
    try:
        return halves_of(grant, namespace, target.account, target)
    except EcrgenError as error:
        raise EcrgenError(*(f"grant {grant.name}: {problem}" for problem in error.problems)) from None


@dataclass(frozen=True, slots=True)
class Sides:
    """Those whom a document is for, and the target of its repositories; `home` is the catalog's own account.

    `own` says that grantees of the repositories' account have nothing else than what its policies say.
    """

    grantees: tuple[Grantee, ...]
    home: str
    target: Target
    own: bool = False

    def principals(self, registry: str) -> tuple[Principal, ...]:
        """Whom the resources of an account have to name."""
        return principals_of(self.grantees, self.home, registry, self.target.partition, own=self.own)


def derived(grant: Grant, document: PolicyDocument, sides: Sides) -> Iterator[tuple[Place, Statement]]:
    """Each statement of a resource's policy, with its place, in the order of the document."""
    if not sides.principals(sides.target.account):
        return
    together: dict[tuple[Registry, int, tuple[str, ...]], list[Allowed]] = {}
    for allowed in allowed_on_repositories(document, (sides.target.account,)):
        arn = allowed.arn
        if grant.through_registry or grant.persona.of_registry:
            if arn.service != "ecr":
                raise EcrgenError(f"through: {arn}: ECR Public has no registry's policy; leave through out")
            place = Registry(arn.account, arn.region)
            together.setdefault((place, id(allowed.statement), allowed.actions), []).append(allowed)
            continue
        if not is_pattern(arn) and any(action.lower() == "ecr:createrepository" for action in allowed.actions):
            raise EcrgenError(
                f"ecr:CreateRepository on {arn}: a repository that does not exist yet has no policy; "
                "let other accounts in through: registry"
            )
        one: Place = Repositories(str(arn)) if is_pattern(arn) else Repository(str(arn))
        for principal in sides.principals(arn.account):
            yield one, statement_for(allowed, principal)
    for (place, _, _), alike in together.items():
        resources = tuple(dict.fromkeys(str(each.arn) for each in alike))
        for principal in sides.principals(place.account):
            statement = statement_for(alike[0], principal)
            yield place, replace(statement, resource=resources[0] if len(resources) == 1 else resources)


def statement_for(allowed: Allowed, principal: Principal) -> Statement:
    """The statement of a resource's policy that allows to a principal what another allows on the resource."""
    actions, condition = allowed.actions, allowed.statement.condition
    if principal.condition:
        try:
            condition = and_conditions(condition, principal.condition)
        except ValueError as error:
            sid = allowed.statement.sid or "without a Sid"
            raise EcrgenError(f"statement {sid} {error}; leave the guard of the grantees' own condition out") from None
    return Statement(
        "Allow",
        principal=principal.element,
        action=actions[0] if len(actions) == 1 else actions,
        condition=condition,
    )


def signed(grant: str, namespace: str, statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """The statements of a grant in one document, each once, with the Sids that say whose they are."""
    distinct = dict.fromkeys(replace(each, sid=None) for each in statements)
    return tuple(replace(each, sid=sid_of(namespace, grant, number)) for number, each in enumerate(distinct, 1))


def lets_others_in(grant: Grant, home: str, target: Target) -> bool:
    """True where a grant is to somebody whom the repositories' account has to name in its own policies."""
    grantees, own = grantees_of(grant.to).values(), grant.persona.of_registry
    return bool(principals_of(grantees, home, grant.target(target).account, target.partition, own=own))


def offline(halves: Iterable[ResourceHalf]) -> tuple[ResourceHalf, ...]:
    """The halves whose documents are known without an account. Raises EcrgenError for those of a pattern."""
    halves = tuple(halves)
    Problems(
        f"{half.place}: the repository half of a pattern is set on the repositories that there are, which plan and a "
        "snapshot know; a grant with through: registry has one statement for all"
        for half in halves
        if isinstance(half.place, Repositories)
    ).stop()
    return halves


def documents_of(halves: Iterable[ResourceHalf]) -> tuple[ResourceHalf, ...]:
    """The halves of several grants, one for each resource: all that this catalog says there.

    Raises EcrgenError for a document that is longer than AWS takes.
    """
    together: dict[Place, list[Statement]] = {}
    for half in halves:
        together.setdefault(half.place, []).extend(half.statements)
    documents = tuple(ResourceHalf(place, tuple(statements)) for place, statements in together.items())
    Problems(
        f"{each.place}: its policy has {size} characters, and AWS takes {each.place.kind.quota.characters}; "
        "grant to account/ID or org/ID instead of many, or through: registry"
        for each in documents
        if (size := len(each.policy.to_json(None))) > each.place.kind.quota.characters
    ).stop()
    return documents
