"""Pull and push: the actions that a docker client needs together.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ecrgen.messages import in_words
from ecrgen.policy.check.clients import PUBLIC_LOGIN, PUBLIC_PUSH, PULL, PUSH, WRITE
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule
from ecrgen.policy.check.granted import granting
from ecrgen.policy.check.model import PolicyView, StatementView
from ecrgen.policy.patterns import Pattern

ECR_INCOMPLETE_PULL = Rule(
    "ECR_INCOMPLETE_PULL",
    "WARNING",
    "One of the two actions of a pull is missing",
    "Add the action that the message names.",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/security_iam_id-based-policy-examples.html",
)
ECR_INCOMPLETE_PUSH = Rule(
    "ECR_INCOMPLETE_PUSH",
    "WARNING",
    "Some of the actions of a push are missing: six, of ECR Public five",
    "Add the actions that the message names.",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html",
)

ECR_INCOMPLETE_LOGIN = Rule(
    "ECR_INCOMPLETE_LOGIN",
    "WARNING",
    "A login to ECR Public without sts:GetServiceBearerToken, which makes its token",
    'Add sts:GetServiceBearerToken on "Resource": "*".',
    "https://docs.aws.amazon.com/AmazonECR/latest/public/public-repository-policy-examples.html",
)

# Every list of resources is compared with every other; with more of them than this no advice is given.
MOST = 200
# What only a client that pushes calls: PutImage alone gives an image another tag.
UPLOADS = WRITE[:3]
PUBLIC_UPLOADS = PUBLIC_PUSH[1:4]
# Calls of ECR's own for replication and for a pull-through cache from another registry, which upload without a client.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
COPIES = ("ecr:GetImageCopyStatus", "ecr:ReplicateImage")
IMPORT = "ecr:BatchImportUpstreamImage"
CHECK = "ecr:BatchCheckLayerAvailability"
ACTIONS = (*dict.fromkeys((*PUSH, *PULL)), *COPIES, IMPORT, *PUBLIC_PUSH)
ACCOUNT_OF = re.compile(r"(?:arn:[^:]*:(?:iam|sts)::)?([0-9]{12})(?::.*)?", re.DOTALL)


class Place(NamedTuple):
    """A caller (None for an identity policy's) and resources (None for the one that the policy lies on)."""

    caller: tuple[str, str] | None
    resources: tuple[str, ...] | None


def findings(policy: PolicyView) -> Iterator[Finding]:
    if not policy.kind.grants:
        return
    if policy.kind.principal == "refused":
        yield from login_findings(policy)
    granted: dict[Place, frozenset[str]] = {}
    statements: dict[Place, list[StatementView]] = {}
    for statement in policy.statements:
        actions = granted_of(statement) if statement.allows else None
        for place in places(statement) if actions else ():
            granted[place] = granted.get(place, frozenset()) | (actions or frozenset())
            statements.setdefault(place, []).append(statement)
    if len(granted) > MOST:
        return
    told: set[tuple[str, str]] = set()
    for place, here in statements.items():
        short = incomplete_at(place, here, granted)
        path = f"{here[0].path}.Action"
        if short is not None and (path, short[1]) not in told:
            told.add((path, short[1]))
            rule, missing = short
            what = "push" if rule is ECR_INCOMPLETE_PUSH else "pull"
            yield rule.at(path, f"a {what} needs {missing} too")


def login_findings(policy: PolicyView) -> Iterator[Finding]:
    """A token of ECR Public is made by STS for whoever may call both."""
    token, bearer = PUBLIC_LOGIN
    allowing = [(statement, granting(statement, PUBLIC_LOGIN)) for statement in policy.statements if statement.allows]
    if any(bearer in actions for _, actions in allowing):
        return
    for statement, actions in allowing:
        text = actions.get(token, "")
        # a pattern such as ecr-public:Get* is somebody's who reads settings
        if statement.action is not None and text.lower() in (token.lower(), "ecr-public:*"):
            index = statement.action.values.index(text)
            yield ECR_INCOMPLETE_LOGIN.at(statement.action.at(index), f"docker login needs {bearer} too")
            return


def incomplete_at(
    place: Place, statements: list[StatementView], granted: Mapping[Place, frozenset[str]]
) -> tuple[Rule, str] | None:
    """What is missing in a place. Where its resources together lack something, each may have it by another list."""
    short = incomplete(statements, together_at(place, granted))
    if short is None or place.resources is None:
        return short
    each = (Place(place.caller, (resource,)) for resource in place.resources)
    found = (incomplete(statements, together_at(one, granted)) for one in each)
    return next((missing for missing in found if missing is not None), None)


def together_at(place: Place, granted: Mapping[Place, frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*(actions for other, actions in granted.items() if reaches(other, place)))


def incomplete(statements: list[StatementView], together: frozenset[str]) -> tuple[Rule, str] | None:
    """The actions that a push or a pull still needs, where the others leave no doubt that one is meant."""
    if together.intersection(UPLOADS):
        missing = [action for action in PUSH if action not in together]
        copied = together.intersection(COPIES) or (IMPORT in together and missing == [CHECK])
        return (ECR_INCOMPLETE_PUSH, in_words(missing)) if missing and not copied else None
    if together.intersection(PUBLIC_UPLOADS) and not together.issuperset(PUBLIC_PUSH):
        return ECR_INCOMPLETE_PUSH, in_words([action for action in PUBLIC_PUSH if action not in together])
    if together.intersection(WRITE):
        return None
    named = {text.lower() for statement in statements if statement.action for text in statement.action.values}
    if "ecr:BatchGetImage" not in together and "ecr:getdownloadurlforlayer" in named:
        return ECR_INCOMPLETE_PULL, "ecr:BatchGetImage"
    # BatchGetImage alone reads manifests; asking for layers, too, is a client that pulls
    asking = {"ecr:BatchGetImage", CHECK} <= together
    if asking and "ecr:GetDownloadUrlForLayer" not in together:
        return ECR_INCOMPLETE_PULL, "ecr:GetDownloadUrlForLayer"
    return None


def places(statement: StatementView) -> Iterator[Place]:
    """Each caller that an Allow statement is for, with its resources."""
    resources = None if statement.resource is None else statement.resource.values
    if not statement.principals:
        yield Place(None, resources)
    for principal in statement.principals:
        yield Place((principal.kind, principal.value), resources)


def granted_of(statement: StatementView) -> frozenset[str]:
    """The actions of pull and push that a statement names or includes."""
    return frozenset(granting(statement, ACTIONS)) if statement.action is not None else frozenset()


def reaches(other: Place, place: Place) -> bool:
    """True where what is allowed in one place is allowed in another, too."""
    if other == place:
        return True
    if not reaches_caller(other.caller, place.caller):
        return False
    if other.resources == place.resources:
        return True
    if other.resources is None or place.resources is None:
        return False
    wide, narrow = ([Pattern.of(text, "resource") for text in each] for each in (other.resources, place.resources))
    return all(any(pattern.contains(each) for pattern in wide) for each in narrow)


def reaches_caller(other: tuple[str, str] | None, caller: tuple[str, str] | None) -> bool:
    """True where a principal is the caller, everybody, or the caller's account, whose own policies may add the rest."""
    if other == caller:
        return True
    if other is None or caller is None or caller[0] != "AWS" or other[0] == "Service":
        return False
    if other[1] == "*":
        return True
    theirs, own = ACCOUNT_OF.fullmatch(other[1]), ACCOUNT_OF.fullmatch(caller[1])
    whole = other[1].endswith(":root") or other[1].isdecimal()
    return theirs is not None and own is not None and whole and theirs[1] == own[1]


FAMILY = Family(
    "ecr_docker",
    rules=(
        ECR_INCOMPLETE_LOGIN,
        ECR_INCOMPLETE_PULL,
        ECR_INCOMPLETE_PUSH,
    ),
    findings=findings,
)
