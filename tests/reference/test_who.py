"""Who can do what: what is told for many at once, against each of them asked alone."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import NAMES, PRINCIPALS, TWO_ALLOWS, document, limit
from whole_accounts import details, organization, role, snapshot, user

from ecrgen.account.read_account import read_account
from ecrgen.audit.access import access
from ecrgen.audit.standing import Accounts, Standing, answer_of
from ecrgen.policy.request import Request
from ecrgen.proof.operations import Question, Step

OURS, THEIRS = "111122223333", "444455556666"
REPOSITORIES = [f"arn:aws:ecr:us-east-1:{OURS}:repository/{name}" for name in (*NAMES, "team/b", "ci")]
ACTION = "ecr:PutImage"


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


def accounts_of(directory: Path, chance: random.Random) -> Accounts:
    """Two accounts with few different policies, so that many callers and repositories are alike, and some nearly."""
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
        {"arn": arn, "tags": chance.choice(tags), "policy": chance.choice(on_repositories)} for arn in REPOSITORIES
    ]
    theirs = details(
        *(entity(name, THEIRS) for name in names), managed={f"arn:aws:iam::{THEIRS}:policy/bound": bounds[THEIRS]}
    )
    found = []
    for name, state in (("ours", ours), ("theirs", theirs)):
        (directory / f"{name}.json").write_text(json.dumps(state))
        found.append(read_account(str(directory / f"{name}.json")))
    return Accounts(found)


def ask(principal: str, repository: str) -> Question:
    return Question(ACTION, repository, (Step(Request(ACTION, repository, principal), None),))


def told(accounts: Accounts) -> tuple[dict[tuple[str, str], Any], int]:
    """The answer for each caller and repository, and how many questions that took."""
    answers: dict[tuple[str, str], Any] = {}
    asked = 0
    for each in access(accounts, REPOSITORIES, [ask], Standing()):
        asked += 1
        for caller in each.callers:
            for repository in each.repositories:
                assert (caller, repository) not in answers
                answers[caller, repository] = each.found
    return answers, asked


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1))
def test_all_at_once_are_each_alone(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Nobody is left out, and everybody gets the answer, with its conditions, that asking for one alone gives."""
    accounts = accounts_of(tmp_path_factory.mktemp("who"), random.Random(seed))
    answers, _ = told(accounts)
    callers = [each.arn for one in accounts.by_id.values() for each in (one.principals or {}).values()]
    assert len(answers) == len(callers) * len(REPOSITORIES)
    for (caller, repository), found in answers.items():
        alone = answer_of(accounts, ask(caller, repository), Standing())
        assert (found.answer, found.told.conditions) == (alone.answer, alone.told.conditions), (caller, repository)
        assert found.not_considered == alone.not_considered


def test_it_is_worth_it(tmp_path: Path) -> None:
    """Every answer occurs, and many are given at once."""
    kinds: Counter[str] = Counter()
    asked = pairs = 0
    for seed in range(15):
        answers, questions = told(accounts_of(tmp_path, random.Random(seed)))
        kinds.update(found.answer for found in answers.values())
        asked, pairs = asked + questions, pairs + len(answers)
    assert all(kinds[answer] > 30 for answer in ("yes", "no", "if")), kinds
    assert asked < pairs * 0.7, (asked, pairs)
