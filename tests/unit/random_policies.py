"""Random policies and requests for property tests, from few names, so that they meet often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from hypothesis import strategies as st

from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Request, evaluate

REPOSITORY = "arn:aws:ecr:us-east-1:123456789012:repository/"
ALICE = "arn:aws:iam::123456789012:user/alice"

ACTIONS = (
    "ecr:PutImage", "ecr:BatchGetImage", "ecr:ListImages", "ecr:Zap", "ecr:Put*", "ecr:*Image", "ecr:*",
    "ecr:?utImage", "ECR:PUTIMAGE", "*", "*:Put*", "iam:GetUser", "iam:*", "e*r:Put*", "Put*",
)  # fmt: skip
REPOSITORIES = (
    "a",
    "ab",
    "b",
    "alice",
    "team/a",
    "a*",
    "*b",
    "?",
    "a?",
    "*",
    "team/*",
    "${aws:username}",
    "team/${aws:username}*",
    "${*}",
)
RESOURCES = (
    "*", *(REPOSITORY + name for name in REPOSITORIES),
    "arn:aws:ecr:*:123456789012:repository/a", "arn:aws:ecr:us-*-1:123456789012:repository/a", "arn:aws:ecr:*", "arn:*",
    "arn:aws:ecr:us-east-?:*:*",
)  # fmt: skip
CONDITIONS: tuple[Mapping[str, Mapping[str, Any]], ...] = (
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"Bool": {"AWS:multifactorauthpresent": "TRUE"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"Null": {"aws:MultiFactorAuthPresent": ["true"]}},
    {"NumericLessThan": {"aws:MultiFactorAuthAge": "60"}},
    {"NumericLessThan": {"aws:MultiFactorAuthAge": ["100", "60"]}},
    {"NumericLessThanEquals": {"aws:MultiFactorAuthAge": "60"}},
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"IpAddress": {"aws:SourceIp": ["203.0.0.0/16", "198.51.100.7"]}},
    {"IpAddress": {"aws:SourceIp": ["198.51.100.7/32"]}},
    {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.7"]}},
    {"NotIpAddress": {"aws:SourceIp": "203.0.0.0/16"}},
    {"StringEquals": {"aws:x": "a"}},
    {"StringEquals": {"aws:x": ["a", "b"]}},
    {"StringLike": {"aws:x": "a*"}},
    {"StringLike": {"aws:x": ["*", "${aws:username}"]}},
    {"StringLike": {"aws:x": "${aws:username}"}},
    {"StringNotEquals": {"aws:x": ["a", "b"]}},
    {"StringNotLike": {"aws:x": "a*"}},
    {"StringEqualsIfExists": {"aws:x": "a"}},
    {"StringEqualsIgnoreCase": {"aws:x": "A"}},
    {"ForAnyValue:StringEquals": {"aws:CalledVia": ["a", "b"]}},
    {"ForAnyValue:StringLike": {"aws:CalledVia": "a*"}},
    {"ForAllValues:StringEquals": {"aws:CalledVia": ["a", "b"]}},
    {"ForAllValues:StringEquals": {"aws:CalledVia": ["a"]}},
    {"ForAnyValue:StringNotEquals": {"aws:CalledVia": ["a", "b"]}},
    {"ForAllValues:StringNotEqualsIfExists": {"aws:CalledVia": "a"}},
    {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
    {"DateLessThan": {"aws:CurrentTime": "2027-01-01"}},
    {"ArnLike": {"aws:y": "arn:aws:iam::*:role/*"}},
    {"ArnEquals": {"aws:y": "arn:aws:iam::1:role/a"}},
    {"ArnNotEquals": {"aws:y": ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b*"]}},
)  # fmt: skip
CONTEXTS: Mapping[str, Sequence[str | list[str]]] = {
    "aws:MultiFactorAuthPresent": ("true", "false"),
    "aws:MultiFactorAuthAge": ("1", "60", "61", "99", "100"),
    "aws:SourceIp": ("203.0.113.7", "203.0.1.1", "198.51.100.7", "192.0.2.1"),
    "aws:x": ("a", "b", "A", "ab", "alice", ""),
    "aws:CalledVia": (["a"], ["b"], ["a", "b"], ["ab"], ["c", "a"]),
    "aws:CurrentTime": ("2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z", "2027-06-01T00:00:00Z"),
    "aws:y": ("arn:aws:iam::1:role/a", "arn:aws:iam::1:role/bc", "arn:aws:iam::1:user/a"),
}  # fmt: skip


def some(values: Sequence[str]) -> st.SearchStrategy[Any]:
    """A few of the values, as a list, or one by itself."""
    return st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, max_size=4)


@st.composite
def statements(draw: st.DrawFn, conditions: bool = True) -> dict[str, Any]:
    merged: dict[str, dict[str, Any]] = {}
    for block in draw(st.lists(st.sampled_from(CONDITIONS), max_size=2)) if conditions else ():
        for operator, keys in block.items():
            merged.setdefault(operator, {}).update(keys)
    negated = st.sampled_from(["", "", "", "Not"])
    return {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        draw(negated) + "Action": draw(some(ACTIONS)),
        draw(negated) + "Resource": draw(some(RESOURCES)),
        **({"Condition": merged} if merged else {}),
    }


@st.composite
def policies(draw: st.DrawFn, conditions: bool = True, version: str | None = None) -> PolicyDocument:
    versions = st.sampled_from(["2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17"])
    return PolicyDocument.from_dict(
        {
            "Version": version or draw(versions),
            "Statement": draw(st.lists(statements(conditions), min_size=1, max_size=3)),
        }
    )


@st.composite
def edits(
    draw: st.DrawFn, conditions: bool = True, version: str | None = None
) -> tuple[PolicyDocument, PolicyDocument]:
    """Two documents that differ in one element or statement, or only in how they are written."""
    old = draw(policies(conditions, version))
    data = old.to_dict()
    statement = draw(st.sampled_from(data["Statement"]))
    other = draw(statements(conditions))
    match draw(st.integers(0, 5)):
        case 0:
            data["Statement"].append(other)
        case 1 if len(data["Statement"]) > 1:
            data["Statement"].remove(statement)
        case 2:
            statement["Effect"] = "Deny" if statement["Effect"] == "Allow" else "Allow"
        case 3:
            statement.pop("Condition", None)
            if "Condition" in other:
                statement["Condition"] = other["Condition"]
        case 4:
            element = next(name for name in ("Action", "NotAction", "Resource", "NotResource") if name in statement)
            values = ACTIONS if element.endswith("Action") else RESOURCES
            statement[element] = draw(some(values))
        case _:
            element = next(name for name in ("Resource", "NotResource") if name in statement)
            statement[element] = draw(some(RESOURCES))
    data["Statement"] = draw(st.permutations(data["Statement"]))
    return old, PolicyDocument.from_dict(data)


@st.composite
def rewritten(draw: st.DrawFn, policy: PolicyDocument) -> PolicyDocument:
    """The same decisions, written otherwise."""
    statements: list[dict[str, Any]] = []
    for statement in policy.to_dict()["Statement"]:
        statement = {key: as_list(value) if key in LISTS else value for key, value in statement.items()}
        statements += draw(split(statement))
    for number in range(draw(st.integers(0, 2))):
        extra = dict(draw(st.sampled_from(statements)))
        element = draw(st.sampled_from([name for name in ("Action", "Resource") if name in extra] or ["Sid"]))
        if element != "Sid":
            # some of its values, or narrower ones
            values = extra[element][number:] or extra[element]
            extra[element] = [value if "$" in value else value.replace("*", "narrow?r*", 1) for value in values]
        if "Condition" not in extra:
            extra["Condition"] = {"StringEquals": {"aws:only": "more"}}
        statements.append(extra)
    for statement in statements:
        for element in LISTS & statement.keys():
            values = draw(st.permutations(statement[element]))
            statement[element] = values[0] if len(values) == 1 and draw(st.booleans()) else [*values, values[0]]
        statement["Sid"] = draw(st.text("abc", max_size=2))
    return PolicyDocument.from_dict({"Version": policy.version, "Statement": draw(st.permutations(statements))})


LISTS = {"Action", "Resource", "NotAction", "NotResource"}


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@st.composite
def split(draw: st.DrawFn, statement: dict[str, Any]) -> list[dict[str, Any]]:
    """A statement as two, each with some of the values of one element, perhaps some in both."""
    element = draw(st.sampled_from([name for name in ("Action", "Resource") if name in statement] or [""]))
    if not element or len(statement[element]) == 1:
        return [dict(statement)]
    values = statement[element]
    place = draw(st.integers(1, len(values) - 1))
    overlap = draw(st.integers(0, 1))
    return [{**statement, element: values[:place]}, {**statement, element: values[place - overlap :]}]


# A request for everything that the patterns may single out, alone, together or one without the other: of the actions
# put together from these parts, one for each set of patterns that match it; of the resources, all.
def told_apart(texts: Iterable[str], patterns: Sequence[str]) -> tuple[str, ...]:
    """Of the texts, the first of each set of patterns (without case; `*` and `?`) that match it."""
    found: dict[frozenset[str], str] = {}
    for text in texts:
        found.setdefault(frozenset(each for each in patterns if fnmatchcase(text.lower(), each.lower())), text)
    return tuple(found.values())


REQUESTED_ACTIONS = told_apart(
    (
        f"{service}:{name}"
        for service in ("ecr", "iam", "q", "eqr", "putq")
        for name in (
            *("PutImage", "PutQ", "QImage", "QutImage", "PutQImage", "BatchGetImage", "ListImages"),
            *("Zap", "GetUser", "Q"),
        )
    ),
    ACTIONS,
)
REQUESTED_REPOSITORIES = (
    "a", "ab", "b", "alice", "team/a", "aq", "aqq", "aqb", "qqb", "q", "qqq", "team/q", "team/qb", "team/alice",
    "team/aliceq",
)  # fmt: skip
REQUESTED_RESOURCES = (
    "*",
    *(REPOSITORY + name for name in REQUESTED_REPOSITORIES),
    *(
        f"arn:aws:ecr:{region}:123456789012:{resource}"
        for region in ("us-east-1", "us-west-1", "eu-west-1", "us-east-2", "q")
        for resource in ("repository/a", "repository/q", "registry/q")
    ),
    # a wildcard of one part of an ARN reaches into the next ones
    *(
        f"{REPOSITORY}{name}{end}:123456789012:repository/a"
        for name in ("a", "ab", "b", "alice", "team/a", "aq", "q", "team/q")
        for end in ("", "-1")
    ),
    "arn:aws:s3:::q",
)


@st.composite
def requests(draw: st.DrawFn, conditions: bool = True) -> Request:
    context = {}
    for key, values in CONTEXTS.items() if conditions else ():
        value = draw(st.sampled_from([None, *values]))
        if value is not None:
            context[key] = value
    return Request(draw(st.sampled_from(REQUESTED_ACTIONS)), draw(st.sampled_from(REQUESTED_RESOURCES)), ALICE, context)


def effect(request: Request, documents: Sequence[PolicyDocument]) -> str:
    return evaluate(request, identity=documents).effect
