"""Random requests with policies of every kind, from so few names that each layer allows and denies often."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

__all__ = ["FULL", "LAYERS", "Scenario", "scenario"]

LAYERS = ("identity", "resource", "boundary", "session", "scps", "rcps", "endpoint")

REPOSITORY = "arn:aws:ecr:us-east-1:111122223333:repository/"
OURS, THEIRS = "111122223333", "444455556666"
CALLERS = [
    caller
    for account in (OURS, THEIRS)
    for caller in (
        f"arn:aws:iam::{account}:user/alice",
        f"arn:aws:iam::{account}:user/team/bob",
        f"arn:aws:iam::{account}:role/ci",
        f"arn:aws:sts::{account}:assumed-role/ci/build",
        f"arn:aws:sts::{account}:assumed-role/ops/build",
        f"arn:aws:sts::{account}:federated-user/alice",
        f"arn:aws:iam::{account}:root",
    )
] + ["lambda.amazonaws.com"]
PRINCIPALS: list[Any] = [
    "*",
    {"AWS": "*"},
    {"Service": "lambda.amazonaws.com"},
    {"Service": ["ecs.amazonaws.com", "lambda.amazonaws.com"], "AWS": OURS},
    *({"AWS": caller} for caller in CALLERS if caller.startswith("arn:")),
    *({"AWS": account} for account in (OURS, THEIRS)),
    {"AWS": f"arn:aws:iam::{OURS}:role/path/ci"},
    {"AWS": [f"arn:aws:iam::{THEIRS}:user/alice", f"arn:aws:iam::{OURS}:role/ops"]},
    {"AWS": "AROAEXAMPLEEXAMPLE"},
]
EXEMPT: list[Any] = [
    {"AWS": [OURS, f"arn:aws:iam::{OURS}:user/alice"]},
    {"AWS": [f"arn:aws:iam::{OURS}:root", f"arn:aws:iam::{OURS}:role/ci"]},
    {"AWS": [OURS, f"arn:aws:iam::{OURS}:role/ci", f"arn:aws:sts::{OURS}:assumed-role/ci/build"]},
    {"AWS": [f"arn:aws:iam::{THEIRS}:root", f"arn:aws:iam::{THEIRS}:user/alice"]},
]
OF_A_REPOSITORY = ("ecr:PutImage", "ecr:BatchGetImage", "ecr:DescribeImages")
OF_NOTHING = ("ecr:GetAuthorizationToken", "ecr:DescribeRegistry")
ACTIONS: list[Any] = [
    "*",
    "ecr:*",
    "ecr:*Image",
    "ECR:put*",
    "ecr:?utImage",
    "ecr:GetAuthorizationToken",
    ["ecr:PutImage", "ecr:Get*"],
    ["ecr:BatchGetImage", "ecr:DescribeImages"],
]
RESOURCES: list[Any] = [
    "*",
    "*",
    "arn:aws:ecr:*:*:repository/*",
    REPOSITORY + "*",
    REPOSITORY + "a",
    REPOSITORY + "a*",
    REPOSITORY + "?",
    [REPOSITORY + "team/*", REPOSITORY + "b"],
    REPOSITORY + "*/a",
    "arn:aws:ecr:*",
    "arn:aws:ecr:us-*-1:111122223333:repository/a",
    f"arn:aws:ecr:us-east-1:{THEIRS}:repository/*",
    REPOSITORY + "${aws:username}",
    REPOSITORY + "${aws:PrincipalTag/team}/*",
    REPOSITORY + "${aws:PrincipalTag/team, 'team'}/*",
]
NAMES = ("a", "ab", "b", "alice", "team/a", "x/a")
CONTEXT: dict[str, list[Any]] = {
    "aws:MultiFactorAuthPresent": ["true", "false"],
    "aws:MultiFactorAuthAge": ["60", "59.5", "1e2"],
    "aws:SecureTransport": ["true", "false"],
    "aws:SourceIp": ["203.0.113.7", "198.51.100.7", "2001:db8::7"],
    "aws:SourceVpce": ["vpce-1", "vpce-2"],
    "aws:CurrentTime": ["2026-06-01T12:00:00Z", "2026-06-01T12:00:00+02:00", "2027-01-01T00:00:00Z"],
    "aws:PrincipalOrgID": ["o-ours", "o-theirs"],
    "aws:PrincipalTag/team": ["team", "x", "*", ""],
    "aws:ResourceTag/team": ["team", "x", ""],
    "aws:CalledVia": [[], ["cloudformation.amazonaws.com"], ["athena.amazonaws.com", "cloudformation.amazonaws.com"]],
    "aws:TagKeys": [[], ["team"], ["team", "env"], ["env"]],
    "aws:SourceArn": [f"arn:aws:lambda:us-east-1:{OURS}:function:f", f"arn:aws:lambda:us-east-1:{THEIRS}:function:f"],
}
CONDITIONS: list[dict[str, Any]] = [
    {operator: {key: values}}
    for key, tests in {
        "aws:MultiFactorAuthPresent": [
            ("Bool", "true"),
            ("BoolIfExists", "true"),
            ("Bool", ["false"]),
            ("BoolIfExists", "FALSE"),
            ("Null", "true"),
            ("Null", ["false"]),
        ],
        "aws:multifactorauthage": [
            ("NumericLessThan", "60"),
            ("NumericLessThanEquals", ["60", "10"]),
            ("NumericGreaterThan", "59"),
            ("NumericEquals", "100"),
            ("NumericNotEquals", ["60"]),
            ("NumericGreaterThanEqualsIfExists", "60"),
        ],
        "aws:SourceIp": [
            ("IpAddress", "203.0.113.0/24"),
            ("IpAddress", ["198.51.100.7", "2001:db8::/32"]),
            ("NotIpAddress", "203.0.0.0/16"),
            ("IpAddressIfExists", "0.0.0.0/0"),
            ("NotIpAddressIfExists", ["203.0.113.0/24"]),
        ],
        "aws:SourceVpce": [
            ("StringEquals", "vpce-1"),
            ("StringNotEquals", "vpce-1"),
            ("StringNotEqualsIfExists", "vpce-2"),
        ],
        "aws:CurrentTime": [
            ("DateLessThan", "2026-06-01T11:00:00Z"),
            ("DateGreaterThanEquals", "2027"),
            ("DateLessThanEquals", "1780315200"),
            ("DateNotEquals", "2026-06-01T10:00:00Z"),
            ("DateEquals", ["2026-06-01T10:00Z", "2027-01"]),
            ("DateGreaterThan", "2026-06-01"),
        ],
        "aws:PrincipalOrgID": [
            ("StringEquals", "o-ours"),
            ("StringNotEquals", ["o-ours"]),
            ("StringNotEqualsIfExists", "o-ours"),
        ],
        "aws:PrincipalIsAWSService": [("Bool", "true"), ("BoolIfExists", "false")],
        "aws:PrincipalAccount": [("StringEquals", OURS), ("StringNotEquals", OURS)],
        "aws:ResourceAccount": [("StringEquals", OURS), ("StringNotEquals", ["${aws:PrincipalAccount}"])],
        "aws:PrincipalArn": [
            ("ArnLike", f"arn:aws:iam::{OURS}:role/*"),
            ("ArnEquals", [f"arn:aws:iam::{OURS}:role/ci", f"arn:aws:iam::{THEIRS}:user/alice"]),
            ("ArnNotLike", "arn:aws:iam::*:user/*"),
            ("StringEquals", f"arn:aws:iam::{OURS}:user/alice"),
            ("StringLike", "arn:aws:*:role/*"),
            ("ArnNotEqualsIfExists", f"arn:aws:iam::{OURS}:role/ci"),
        ],
        "aws:PrincipalType": [("StringEquals", "User"), ("StringNotEqualsIgnoreCase", "assumedrole")],
        "aws:ResourceTag/team": [
            ("StringEquals", "${aws:PrincipalTag/team}"),
            ("StringNotEquals", "${aws:PrincipalTag/team}"),
            ("StringNotEqualsIfExists", "team"),
            ("StringLike", ["t*", "?"]),
            ("StringNotLike", "${aws:username}*"),
            ("Null", "false"),
        ],
        "aws:PrincipalTag/team": [
            ("StringEqualsIgnoreCase", "TEAM"),
            ("StringLike", "${*}"),
            ("StringNotLike", ["t*"]),
            ("StringEqualsIfExists", "team"),
        ],
        "aws:username": [("StringEquals", ["alice", "bob"]), ("StringNotEquals", "alice"), ("Null", "true")],
        "aws:CalledVia": [
            ("ForAnyValue:StringEquals", "cloudformation.amazonaws.com"),
            ("ForAllValues:StringEquals", ["cloudformation.amazonaws.com"]),
            ("ForAnyValue:StringLikeIfExists", "athena.*"),
            ("StringEquals", "cloudformation.amazonaws.com"),
            ("StringNotEquals", "athena.amazonaws.com"),
            ("StringLike", "cloud*"),
        ],
        "aws:TagKeys": [
            ("ForAllValues:StringEquals", ["team"]),
            ("ForAnyValue:StringNotEquals", ["team", "x"]),
            ("ForAllValues:StringNotLike", "e*"),
            ("ForAnyValue:StringEqualsIgnoreCase", "ENV"),
            ("StringLike", "t*"),
            ("StringEquals", "team"),
            ("StringNotEquals", ["env"]),
            ("StringNotLike", "t*"),
        ],
        "aws:SourceArn": [
            ("ArnLike", f"arn:aws:lambda:*:{OURS}:function:*"),
            ("ArnNotLikeIfExists", f"arn:aws:lambda:us-east-1:{OURS}:*"),
        ],
        "aws:SecureTransport": [("Bool", "true"), ("Bool", "false")],
    }.items()
    for operator, values in tests
]


class Scenario(NamedTuple):
    """A request, and the policies of each layer that is in force."""

    request: dict[str, Any]
    policies: dict[str, Any]


FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TWO_ALLOWS = ("Allow", "Allow", "Allow", "Deny")


def statement(
    chance: random.Random, effects: Sequence[str], principals: Sequence[Any] | None, resources: bool
) -> dict[str, Any]:
    """A statement: with a Principal where `principals` are given, with a Resource or not."""
    made: dict[str, Any] = {"Effect": chance.choice(effects)}
    if principals is not None:
        if chance.randrange(8) == 0:
            made["NotPrincipal"] = chance.choice(EXEMPT + PRINCIPALS)
        else:
            made["Principal"] = chance.choice(principals)
    made[negated(chance) + "Action"] = chance.choice(ACTIONS)
    if resources:
        made[negated(chance) + "Resource"] = chance.choice(RESOURCES)
    merged: dict[str, Any] = {}
    for _ in range(chance.choice([0, 0, 1, 1, 2])):
        for operator, keys in chance.choice(CONDITIONS).items():
            merged.setdefault(operator, {}).update(keys)
    if merged:
        made["Condition"] = merged
    return made


def negated(chance: random.Random) -> str:
    return "Not" if chance.randrange(6) == 0 else ""


def document(
    chance: random.Random,
    effects: Sequence[str] = TWO_ALLOWS,
    principals: Sequence[Any] | None = None,
    resources: bool = True,
    most: int = 3,
) -> dict[str, Any]:
    return {
        "Version": "2008-10-17" if chance.randrange(6) == 0 else "2012-10-17",
        "Statement": [statement(chance, effects, principals, resources) for _ in range(chance.randint(1, most))],
    }


def limit(chance: random.Random) -> dict[str, Any]:
    """A policy without Principal: of an identity, a boundary, a session or an organisation."""
    match chance.randrange(4):
        case 0:
            return FULL
        case 1:
            return document(chance)
        case 2:
            return document(chance, ("Allow",), most=1)
        case _:
            return document(chance, ("Deny", "Allow"))


def request_of(chance: random.Random) -> dict[str, Any]:
    if chance.randrange(6) == 0:
        action, resource = chance.choice(OF_NOTHING), "*"
    else:
        action, resource = chance.choice(OF_A_REPOSITORY), REPOSITORY + chance.choice(NAMES)
    context = {}
    for key, values in CONTEXT.items():
        value = chance.choice([None, *values])
        if value is not None and not (resource == "*" and "ResourceTag" in key):
            context[key] = value
    return {"action": action, "resource": resource, "principal": chance.choice(CALLERS), "context": context}


def scenario(chance: random.Random, layers: Collection[str] = LAYERS) -> Scenario:
    """A request, and for each of the layers its policies; every layer but the first two is in force now and then."""
    request = request_of(chance)
    caller = request["principal"]
    is_entity = caller.startswith("arn:") and not caller.endswith(":root")
    # mostly somebody whom it concerns
    whom: list[Any] = [*PRINCIPALS, *(["*", {"AWS": caller}] if caller.startswith("arn:") else []) * 4]
    policies: dict[str, Any] = {
        "identity": [limit(chance) for _ in range(chance.randrange(3))] if is_entity else [],
        "resource": [
            *(document(chance, TWO_ALLOWS, whom, False) for _ in range(chance.randrange(2))),
            *(document(chance, TWO_ALLOWS, whom) for _ in range(chance.randrange(2))),
        ],
    }
    in_force = [name for name in layers if name not in policies and chance.randrange(2)]
    has_session = ":assumed-role/" in caller or ":role/" in caller or ":federated-user/" in caller
    if "boundary" in in_force and is_entity:
        policies["boundary"] = limit(chance)
    if "session" in in_force and has_session:
        policies["session"] = limit(chance)
    if "scps" in in_force:
        policies["scps"] = [[limit(chance) for _ in range(chance.randint(1, 2))] for _ in range(chance.randint(1, 3))]
    if "rcps" in in_force:
        policies["rcps"] = [
            [document(chance, ("Deny",), ["*"], most=1) for _ in range(chance.randint(1, 2))]
            for _ in range(chance.randint(1, 2))
        ]
    if "endpoint" in in_force:
        policies["endpoint"] = endpoint(chance, whom)
    return Scenario(request, policies)


def endpoint(chance: random.Random, whom: Sequence[Any]) -> dict[str, Any]:
    match chance.randrange(3):
        case 0:
            everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
            return {"Version": "2012-10-17", "Statement": [everything]}
        case 1:
            return document(chance, ("Allow", "Deny"), ["*"])
        case _:
            return document(chance, TWO_ALLOWS, whom)


def each_condition() -> Iterator[Scenario]:
    """Each condition, in an Allow and in a Deny, asked with each value that its key may have, and with none."""
    for condition in CONDITIONS:
        ((key, _),) = next(iter(condition.values())).items()
        for value in (None, *CONTEXT.get(key, ())):
            context = {} if value is None else {key: value}
            for caller in (f"arn:aws:iam::{OURS}:user/alice", f"arn:aws:sts::{OURS}:assumed-role/ci/s"):
                for effect in ("Allow", "Deny"):
                    asked = {"Effect": effect, "Action": "ecr:*", "Resource": "*", "Condition": condition}
                    request = {
                        "action": "ecr:PutImage",
                        "resource": REPOSITORY + NAMES[0],
                        "principal": caller,
                        "context": context,
                    }
                    document = {"Version": "2012-10-17", "Statement": [asked]}
                    yield Scenario(request, {"identity": [document, FULL] if effect == "Deny" else [document]})
