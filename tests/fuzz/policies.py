"""Policies from a grammar: patterns that cross, in few and in many statements, now and then with what IAM refuses."""

from __future__ import annotations

import random
from typing import Any

import random_policies as usual

from ecrgen.policy.global_keys import GLOBAL_KEYS
from ecrgen.policy.operators import CONDITION_OPERATORS

__all__ = ["RESOURCES", "policy"]

REPOSITORY = usual.REPOSITORY
ACTIONS = (
    *(*usual.ACTIONS, "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr-public:PutImage", "iam:PassRole"),
    *("ecr:*a*", "ecr:*b*", "ecr:*a*e*i*o*u*", "ecr:GetAuthorizationToken", "sts:AssumeRole", "s3:*", "ecr:Pull"),
)
RESOURCES = (
    *(*usual.RESOURCES, REPOSITORY + "*a*", REPOSITORY + "*b*", REPOSITORY + "*a" * 40, REPOSITORY + "a*" * 40 + "b"),
    *("arn:*:*:*:*:*x", "arn:aws:s3:::b/*", "arn:aws:iam::123456789012:role/ci", REPOSITORY + "?" * 60),
)
PRINCIPALS: tuple[Any, ...] = (
    *("*", {"AWS": "*"}, {"AWS": "arn:aws:iam::123456789012:root"}, {"AWS": ["123456789012", "444455556666"]}),
    *({"AWS": "arn:aws:iam::123456789012:role/ci"}, {"Service": "ecs-tasks.amazonaws.com"}, {"Service": ["x", "y"]}),
    *({"Federated": "accounts.google.com"}, {"AWS": "AROAEXAMPLE", "CanonicalUser": "79a59d"}),
)
ODD: tuple[Any, ...] = (
    "",
    "x",
    "ecr:",
    ":",
    "arn:aws",
    "a b",
    "\u202e",
    "\x00",
    "${",
    "*" * 300,
    7,
    None,
    [],
    {},
    True,
)
KEYS = (*GLOBAL_KEYS, "ecr:ResourceTag/team", "aws:RequestTag/a", "aws:ResourceTag/", "ecr:ImageTag", "nothing", "")
VALUES: tuple[Any, ...] = (
    *("a", "a*", "*", "", "${aws:username}", "true", "60", "1e999", "-0", "203.0.113.0/24", "0.0.0.0/0", "::/0"),
    *("2026-01-01T00:00:00Z", "9999-12-31", "arn:aws:iam::*:role/*", "o-a1b2c3d4e5", "*a" * 40, True, 60, "AA=="),
)


def policy(rng: random.Random, most: int, own: bool = False) -> dict[str, Any]:
    """A policy of one to `most` statements; a resource's `own` has principals."""
    count = rng.randint(1, most)
    odd = rng.choice((0.0, 0.0, 0.05 / count))
    statements = [statement(rng, count, odd, own) for _ in range(count)]
    versions = ("2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17")
    return {
        "Version": rng.choice(versions),
        "Statement": statements[0] if count == 1 and rng.random() < 0.3 else statements,
    }


def statement(rng: random.Random, count: int, odd: float, own: bool) -> dict[str, Any]:
    """A statement; where there are many, it mostly has names of its own."""
    number = rng.randrange(count)
    names = (f"app-{number}", f"team-{number}/*", f"*{number}*", f"{number}*x")
    found: dict[str, Any] = {"Effect": rng.choice(("Allow", "Allow", "Deny"))}
    found[negated(rng) + "Action"] = some(rng, (*ACTIONS, f"ecr:Action{number}", f"ecr:Get{number}*"), odd)
    if own:
        found[negated(rng) + "Principal"] = rng.choice(PRINCIPALS)
    if not own or rng.random() < 0.1:
        there = RESOURCES if rng.random() < 0.3 else tuple(REPOSITORY + name for name in names)
        found[negated(rng) + "Resource"] = some(rng, there, odd)
    if rng.random() < 0.4:
        found["Condition"] = condition(rng, number) if odd else rng.choice(usual.CONDITIONS)
    if rng.random() < odd:
        found[rng.choice([*found])] = rng.choice(ODD)
    return found


def negated(rng: random.Random) -> str:
    return "Not" if rng.random() < 0.2 else ""


def some(rng: random.Random, values: tuple[str, ...], odd: float = 0.0) -> Any:
    """One of the values, or a list of some, once in a while of many."""
    if rng.random() < 0.5:
        return rng.choice(values)
    many = rng.choice((1, 2, 3, 4, 60 if rng.random() < 0.1 else 2))
    return [rng.choice(ODD if rng.random() < odd else values) for _ in range(many)]


def condition(rng: random.Random, number: int) -> dict[str, Any]:
    """Operators, keys and values that go together or do not."""
    values = (*VALUES, f"team-{number}", f"203.0.{number % 256}.0/24")
    return {
        rng.choice((*CONDITION_OPERATORS, "NoOperator")): {
            rng.choice(KEYS): some(rng, values) for _ in range(rng.choice((1, 1, 2)))
        }
        for _ in range(rng.choice((1, 1, 2, 4)))
    }
