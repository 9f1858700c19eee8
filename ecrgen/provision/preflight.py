"""Preflight: what IAM would refuse of a plan, found before anything is written, and the room that the quotas leave"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ecrgen.account.desired import Desired
from ecrgen.account.state import Attachment, Grantee, IamState
from ecrgen.policy.arn import Arn
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.changes import Attach, Create, Delete, Detach, IamChange, Update

__all__ = ["Forecast", "forecast", "problems_of"]

# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html: service-linked roles and Identity Center's own
CLOSED_PATHS = ("/aws-service-role/", "/aws-reserved/")


def problems_of(desired: Desired, actual: IamState, changes: Iterable[IamChange]) -> Iterator[str]:
    """Every reason why IAM would refuse one of the changes, each with what to do."""
    changes = tuple(changes)
    yield from taken_elsewhere(desired, actual)
    yield from unfit_grantees(desired, actual)
    yield from over_quota(changes, actual)


def taken_elsewhere(desired: Desired, actual: IamState) -> Iterator[str]:
    for name, policy in desired.policies.items():
        arn = actual.taken.get(name.lower(), policy.arn)
        if arn != policy.arn and arn.rpartition("/")[2] not in actual.policies:
            yield (
                f"{policy.grant}: there is a policy {arn}, and IAM takes a name once in an account, whatever the path; "
                "it is not ecrgen's: rename the grant, or delete that policy"
            )


def unfit_grantees(desired: Desired, actual: IamState) -> Iterator[str]:
    asked: defaultdict[Grantee, dict[str, None]] = defaultdict(dict)
    for attachment, grant in desired.attachments.items():
        asked[attachment.grantee][grant] = None
    for grantee, grants in asked.items():
        reason = unfit(grantee, actual)
        if reason:
            yield f"{', '.join(grants)}: {grantee} {reason}"


def unfit(grantee: Grantee, actual: IamState) -> str | None:
    entity = actual.entities.get(grantee)
    if entity is None:
        folded = str(grantee).lower()
        near = next((other for other in actual.entities if str(other).lower() == folded), None)
        hint = f"there is {near}" if near else "create it, or correct the name"
        return f"does not exist in account {actual.namespace.account}; {hint}"
    if entity.path is None:
        return None
    if grantee.path not in (None, entity.path):
        return f"has the path {entity.path}, not {grantee.path}"
    if entity.path.startswith(CLOSED_PATHS):
        return f"is AWS's own ({entity.path}), and IAM lets nobody attach a policy to it"
    return None


def over_quota(changes: Iterable[IamChange], actual: IamState) -> Iterator[str]:
    attached: Counter[Grantee] = Counter()
    detached: Counter[Grantee] = Counter()
    created = deleted = 0
    for change in changes:
        match change:
            case Create(policy) | Update(policy):
                created += isinstance(change, Create)
                if policy.document.size > actual.quotas.policy_size:
                    yield (
                        f"{policy.grant}: {policy.name} would have {policy.document.size} characters, "
                        f"and IAM takes {actual.quotas.policy_size}"
                    )
            case Delete():
                deleted += 1
            case Attach(attachment):
                attached[attachment.grantee] += 1
            case Detach(attachment):
                detached[attachment.grantee] += 1
    if created and len(actual.taken) + created - deleted > actual.quotas.policies:
        yield (
            f"the account has {len(actual.taken)} policies and may have {actual.quotas.policies}; "
            f"this plan creates {created} and deletes {deleted}: ask AWS for a higher quota, or merge grants"
        )
    for grantee, coming in attached.items():
        there = len(actual.entities[grantee].attached) if grantee in actual.entities else 0
        going, quota = detached[grantee], quota_of(grantee, actual)
        if there + coming - going > quota:
            yield (
                f"{grantee} has {there} policies and may have {quota}; this plan attaches {coming} and detaches "
                f"{going}: merge grants, detach what it does not need, or ask AWS for a higher quota"
            )


def quota_of(grantee: Grantee, actual: IamState) -> int:
    return actual.quotas.attached(grantee.kind)


class Forecast(NamedTuple):
    """The distance of a grant from its quotas at one grantee: `attached` of `quota` policies once the plan is applied.

    `room` is about how many more repositories the grant can name there; None where it names none.
    """

    grant: str
    grantee: Grantee
    attached: int
    quota: int
    room: int | None


def forecast(desired: Desired, actual: IamState) -> Iterator[Forecast]:
    """A line for every grantee of every grant with documents of ecrgen's own."""
    own = actual.attachments()
    wanted: defaultdict[Grantee, set[Attachment]] = defaultdict(set)
    pairs: dict[tuple[str, Grantee], None] = {}
    documents: defaultdict[str, list[PolicyDocument]] = defaultdict(list)
    for attachment, grant in desired.attachments.items():
        wanted[attachment.grantee].add(attachment)
        if attachment.name in desired.policies:
            pairs[grant, attachment.grantee] = None
    for policy in desired.policies.values():
        documents[policy.grant].append(policy.document)
    for grant, grantee in pairs:
        if grantee not in actual.entities:
            continue
        others = {arn for arn in actual.entities[grantee].attached if Attachment(arn, grantee) not in own}
        attached = len(others | {attachment.policy for attachment in wanted[grantee]})
        quota = quota_of(grantee, actual)
        yield Forecast(
            grant, grantee, attached, quota, room(documents[grant], quota - attached, actual.quotas.policy_size)
        )


def room(parts: Sequence[PolicyDocument], free: int, limit: int) -> int | None:
    """About how many more repositories fit, if each is written as often as those that are there on average."""
    named = [written(part) for part in parts]
    repositories = sum(each.repositories for each in named)
    if not repositories:
        return None
    size = sum(each.size for each in named) / repositories
    left = sum(int(max(limit - part.size, 0) // size) for part in parts)
    return left + max(free, 0) * int(max(limit - max(each.frame for each in named), 0) // size)


class Written(NamedTuple):
    """The number of repositories a document names, the characters of their ARNs in it, and of what frames them."""

    repositories: int
    size: int
    frame: int


def written(document: PolicyDocument) -> Written:
    arns: list[str] = []
    framing = []
    for statement in document.statements:
        found = [resource for resource in statement.resources if names_repository(resource)]
        arns.extend(found)
        if found:
            framing.append(statement)
    size = sum(len(arn) + len('"",') for arn in arns)
    return Written(len(set(arns)), size, PolicyDocument(tuple(framing)).size - size)


def names_repository(resource: str) -> bool:
    arn = Arn.parse(resource)
    return arn is not None and arn.service == "ecr" and arn.resource.startswith("repository/")
