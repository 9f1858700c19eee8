"""Random accounts with few different policies, so that many callers and repositories are alike, and some nearly."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scenarios import NAMES, PRINCIPALS, TWO_ALLOWS, document, limit
from whole_accounts import details, organization, role, snapshot, user

from ecrgen.account.read_account import read_account
from ecrgen.audit.accounts import Accounts

__all__ = ["OURS", "REPOSITORIES", "THEIRS", "accounts_of"]

OURS, THEIRS = "111122223333", "444455556666"
REPOSITORIES = [f"arn:aws:ecr:us-east-1:{OURS}:repository/{name}" for name in (*NAMES, "team/b", "ci")]


def telling(chance: random.Random) -> dict[str, Any]:
    """A policy that looks at who the caller is, in one of the ways there are."""
    arn = f"arn:aws:iam::{OURS}:role/path/"
    conditions: list[dict[str, Any]] = [
        {"ArnLike": {"aws:PrincipalArn": [f"{arn}*", f"arn:aws:iam::{OURS}:*/ops"]}},
        {"StringNotEquals": {"aws:PrincipalArn": f"{arn}ci"}},
        {"StringEquals": {"aws:username": ["alice", "x"]}},
        {"StringEquals": {"aws:PrincipalTag/team": "${aws:username}"}},
        {"StringEquals": {"aws:PrincipalTag/team": "t"}},
    ]
    made = document(chance, ("Allow", "Deny"), most=1)
    made["Version"] = "2012-10-17"
    made["Statement"][0]["Condition"] = chance.choice(conditions)
    everything = {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}
    return {**made, "Statement": [*made["Statement"], *[everything] * (made["Statement"][0]["Effect"] == "Deny")]}


def accounts_of(directory: Path, chance: random.Random, arns: Sequence[str] = REPOSITORIES) -> Accounts:
    """Two accounts, the first with these repositories."""
    pool = [limit(chance), telling(chance)]
    shared = chance.randrange(2) == 0  # then all have the same
    whom: list[Any] = [*PRINCIPALS, *(["*", {"AWS": OURS}, {"AWS": THEIRS}] * 3)]
    for_some = telling(chance)
    for statement in for_some["Statement"]:
        statement.pop("Resource", statement.pop("NotResource", None))
        statement["Principal"] = "*"
    on_repositories = [*(document(chance, TWO_ALLOWS, whom, False) for _ in range(2)), for_some, None, None]
    tags = [{}, {"team": "team"}, {"team": "x"}]

    def entity(name: str, account: str) -> dict[str, Any]:
        chosen = [pool[-1]] if shared else chance.choices(pool, k=chance.randrange(3))
        more: dict[str, Any] = {"account": account}
        if chance.randrange(4) == 0:
            more["PermissionsBoundary"] = {"PermissionsBoundaryArn": f"arn:aws:iam::{account}:policy/bound"}
        if chance.randrange(5) == 0:
            more["attached"] = [f"arn:aws:iam::{account}:policy/hidden"]
        if name.startswith("u-"):
            return user(name[2:], *chosen, Tags=[{"Key": "team", "Value": chance.choice("xt")}], **more)
        return role(name, *chosen, path=chance.choice(["/", "/path/"]), **more)

    names = ("ci", "ops", "build", "deploy", "u-alice", "u-bob", "u-carol")
    registry = document(chance, TWO_ALLOWS, whom) if chance.randrange(2) else None
    above = organization(limit(chance), rcps=[document(chance, ("Deny",), ["*"], most=1)], account=OURS)
    bounds = {OURS: limit(chance), THEIRS: limit(chance)}
    ours = snapshot(
        *(entity(name, OURS) for name in names),
        managed={f"arn:aws:iam::{OURS}:policy/bound": bounds[OURS]},
        registry=registry,
        account=OURS,
        organization=above if chance.randrange(2) else None,
    )
    ours["registries"][0]["region"] = "us-east-1"
    ours["repositories"] = [
        {"arn": arn, "tags": chance.choice(tags), "policy": chance.choice(on_repositories)} for arn in arns
    ]
    theirs = details(
        *(entity(name, THEIRS) for name in names), managed={f"arn:aws:iam::{THEIRS}:policy/bound": bounds[THEIRS]}
    )
    found = []
    for name, state in (("ours", ours), ("theirs", theirs)):
        (directory / f"{name}.json").write_text(json.dumps(state))
        found.append(read_account(str(directory / f"{name}.json")))
    return Accounts(found)
