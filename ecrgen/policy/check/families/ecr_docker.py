"""Pull and push: the actions that a docker client needs together.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
"""

from __future__ import annotations

from collections.abc import Iterator

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
    "One of the six actions of a push is missing",
    "Add the action that the message names.",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html",
)

WRITE = ("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage")
# Every list of resources is compared with every other; with more of them than this no advice is given.
MOST = 200
PUSH = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", *WRITE)
ACTIONS = (*PUSH, "ecr:GetDownloadUrlForLayer")
Where = tuple[frozenset[tuple[str, str]], tuple[str, ...] | None]


def findings(policy: PolicyView) -> Iterator[Finding]:
    if not policy.kind.grants:
        return
    groups: dict[Where, list[StatementView]] = {}
    granted: dict[Where, frozenset[str]] = {}
    for statement in policy.statements:
        actions = granted_of(statement) if statement.allows else None
        if actions:
            at = where(statement)
            groups.setdefault(at, []).append(statement)
            granted[at] = granted.get(at, frozenset()) | actions
    if len(groups) > MOST:
        return
    told: set[tuple[Rule, str]] = set()
    for place, statements in groups.items():
        together = frozenset().union(*(granted[other] for other in groups if reaches(other, place)))
        short = incomplete(statements, together)
        if short is not None and short not in told:
            told.add(short)
            rule, missing = short
            what = "push" if rule is ECR_INCOMPLETE_PUSH else "pull"
            yield rule.at(f"{statements[0].path}.Action", f"a {what} needs {missing} too")


def incomplete(statements: list[StatementView], together: frozenset[str]) -> tuple[Rule, str] | None:
    """The one action that a push or a pull still needs, where the others leave no doubt that one is meant."""
    if together.intersection(WRITE):
        missing = [action for action in PUSH if action not in together]
        return (ECR_INCOMPLETE_PUSH, missing[0]) if len(missing) == 1 else None
    named = {text.lower() for statement in statements if statement.action for text in statement.action.values}
    if "ecr:BatchGetImage" not in together and "ecr:getdownloadurlforlayer" in named:
        return ECR_INCOMPLETE_PULL, "ecr:BatchGetImage"
    # BatchGetImage alone reads manifests; asking for layers, too, is a client that pulls
    asking = {"ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability"} <= together
    if asking and "ecr:GetDownloadUrlForLayer" not in together:
        return ECR_INCOMPLETE_PULL, "ecr:GetDownloadUrlForLayer"
    return None


def where(statement: StatementView) -> Where:
    """The principals and resources of an Allow statement (None: the resource that the policy lies on)."""
    principals = frozenset((principal.kind, principal.value) for principal in statement.principals)
    return principals, None if statement.resource is None else statement.resource.values


def granted_of(statement: StatementView) -> frozenset[str]:
    """The actions of pull and push that a statement names or includes."""
    return frozenset(granting(statement, ACTIONS)) if statement.action is not None else frozenset()


def reaches(other: Where, place: Where) -> bool:
    """True where what is allowed in one place is allowed in another, too."""
    if other == place:
        return True
    if other[0] != place[0] or other[1] is None or place[1] is None:
        return False
    wide, narrow = ([Pattern.of(text, "resource") for text in each] for each in (other[1], place[1]))
    return all(any(pattern.contains(each) for pattern in wide) for each in narrow)


FAMILY = Family(
    "ecr_docker",
    rules=(
        ECR_INCOMPLETE_PULL,
        ECR_INCOMPLETE_PUSH,
    ),
    findings=findings,
)
