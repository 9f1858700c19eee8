"""Pull and push: the actions that a docker client needs together.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ecrgen.messages import in_words
from ecrgen.policy.check.clients import PUBLIC_LOGIN, PUBLIC_PUSH, PULL, PUSH, WRITE
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule
from ecrgen.policy.check.granted import granting
from ecrgen.policy.check.model import PolicyView, StatementView
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.wildcards import is_wild

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

# So many patterns are compared with resources; where it takes more, no advice is given.
MOST = 100_000
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


MANY = object()  # in place of a caller or a resource


class Place(NamedTuple):
    """A caller (None for an identity policy's) and resources (None for the one that the policy lies on)."""

    caller: tuple[str, str] | None
    resources: tuple[str, ...] | None


class Granted(NamedTuple):
    """What is allowed in a place, with the patterns among its resources."""

    place: Place
    actions: frozenset[str]
    texts: frozenset[str]
    patterns: tuple[Pattern, ...]

    @classmethod
    def of(cls, place: Place, actions: frozenset[str]) -> Granted:
        texts = place.resources or ()
        return cls(
            place, actions, frozenset(texts), tuple(Pattern.of(text, "resource") for text in texts if wild(text))
        )

    def reaches(self, place: Place) -> bool:
        """True where what is allowed here is allowed in another place, too."""
        here = self.place
        if not reaches_caller(here.caller, place.caller):
            return False
        if here.resources == place.resources:
            return True
        if here.resources is None or place.resources is None:
            return False
        return all(text in self.texts or self.contains(text) for text in place.resources)

    def contains(self, text: str) -> bool:
        asked = Pattern.of(text, "resource")
        return any(pattern.contains(asked) for pattern in self.patterns)


class Places:
    """What is allowed in each place, found by the caller and by one of the resources.

    What reaches a place has its caller or one that stands for many, and its first resource or a pattern. Where there is
    one place only, as in most policies, there is nothing to find.
    """

    def __init__(self, granted: Mapping[Place, frozenset[str]]) -> None:
        self.alone = next(iter(granted.values())) if len(granted) == 1 else None
        self.found: defaultdict[tuple[object, object], list[Granted]] = defaultdict(list)
        self.work: Counter[tuple[object, object]] = Counter()
        for place, actions in granted.items() if self.alone is None else ():
            each = Granted.of(place, actions)
            caller = MANY if place.caller is not None and stands_for_many(place.caller[1]) else place.caller
            keys: set[object] = {None} if place.resources is None else {MANY if wild(t) else t for t in each.texts}
            for key in keys:
                self.found[caller, key].append(each)
                self.work[caller, key] += 1 + len(each.patterns)

    def near(self, place: Place) -> Iterator[Granted]:
        """What may be allowed in the place."""
        keys = (None,) if place.resources is None else (next(iter(place.resources), None), MANY)
        for caller in {place.caller, MANY}:
            for key in keys:
                yield from self.found.get((caller, key), ())

    def comparisons(self, places: Iterable[Place]) -> int:
        """How many patterns are compared to find all that is allowed in these places, at most."""
        return sum(
            self.work[caller, key]
            for place in places
            for caller in {place.caller, MANY}
            for key in (*(place.resources or (None,)), *(MANY for _ in place.resources or (None,)))
        )

    def together_at(self, place: Place) -> frozenset[str]:
        if self.alone is not None:
            return self.alone
        return frozenset().union(*(each.actions for each in self.near(place) if each.reaches(place)))


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
    together = Places(granted)
    if together.alone is None and together.comparisons(granted) > MOST:
        return
    told: set[tuple[str, str]] = set()
    for place, here in statements.items():
        short = incomplete_at(place, here, together)
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


def incomplete_at(place: Place, statements: list[StatementView], granted: Places) -> tuple[Rule, str] | None:
    """What is missing in a place. Where its resources together lack something, each may have it by another list."""
    short = incomplete(statements, granted.together_at(place))
    if short is None or place.resources is None:
        return short
    each = (Place(place.caller, (resource,)) for resource in place.resources)
    found = (incomplete(statements, granted.together_at(one)) for one in each)
    return next((missing for missing in found if missing is not None), None)


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


def wild(text: str) -> bool:
    """True where a resource may be more than the text itself."""
    return is_wild(text) or "$" in text


def stands_for_many(principal: str) -> bool:
    """True for everybody, and for an account, whose own policies may add the rest."""
    return principal == "*" or principal.endswith(":root") or principal.isdecimal()


def reaches_caller(other: tuple[str, str] | None, caller: tuple[str, str] | None) -> bool:
    """True where a principal is the caller, everybody, or the caller's account, whose own policies may add the rest."""
    if other == caller:
        return True
    if other is None or caller is None or caller[0] != "AWS" or other[0] == "Service":
        return False
    if other[1] == "*":
        return True
    theirs, own = ACCOUNT_OF.fullmatch(other[1]), ACCOUNT_OF.fullmatch(caller[1])
    return theirs is not None and own is not None and stands_for_many(other[1]) and theirs[1] == own[1]


FAMILY = Family(
    "ecr_docker",
    rules=(
        ECR_INCOMPLETE_LOGIN,
        ECR_INCOMPLETE_PULL,
        ECR_INCOMPLETE_PUSH,
    ),
    findings=findings,
)
