"""Whom a repository's policy lets in from elsewhere: nobody who can is left out of what `who` lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whole_accounts import PROD, REPO, TOOLS, document, snapshot

from ecrgen.account.read_account import read_account
from ecrgen.audit.accounts import Accounts
from ecrgen.audit.who import who
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Target
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import evaluate
from ecrgen.policy.request import Request

OTHER = "999988887777"
EVERYTHING = PolicyDocument.from_json(json.dumps(document({"Effect": "Allow", "Action": "*", "Resource": "*"})))
PATH = "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"
OUTSIDERS: list[tuple[str, dict[str, Any]]] = [
    (f"arn:aws:iam::{account}:{name}", context)
    for account in (TOOLS, OTHER)
    for name in ("role/deploy-web", "role/team/ci", "user/ann", "user/team/bob", "root")
    for context in (
        {},
        {"aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:PrincipalOrgPaths": [PATH]},
        {"aws:PrincipalOrgID": "o-zzzzzzzzzz", "aws:PrincipalOrgPaths": ["o-zzzzzzzzzz/r-zz99/"]},
    )
]
WANTED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "aws:PrincipalArn": (
        ("ArnLike", "StringLike", "ArnEquals"),
        (
            "arn:aws:iam::*:role/deploy-*",
            f"arn:aws:iam::{TOOLS}:user/*",
            "arn:aws:iam::*:*",
            "arn:aws:iam::*:root",
            f"arn:aws:iam::{OTHER}:role/team/c?",
        ),
    ),
    "aws:PrincipalAccount": (("StringEquals", "StringLike"), (TOOLS, OTHER, "4444*", "*7777")),
    "aws:PrincipalType": (("StringEquals",), ("User", "AssumedRole", "Account")),
    "aws:username": (("StringLike",), ("ann", "*", "b?b")),
    "aws:PrincipalOrgID": (("StringEquals", "StringLike"), ("o-a1b2c3d4e5", "o-a1*", "o-zzzzzzzzzz")),
    "aws:PrincipalOrgPaths": (("ForAnyValue:StringLike",), (PATH, "o-a1b2c3d4e5/*", "o-*/r-zz99/*")),
}


def negated(operator: str) -> str:
    for word in ("Like", "Equals"):
        if operator.endswith(word):
            return operator.removesuffix(word) + "Not" + word
    raise AssertionError(operator)


@st.composite
def denies(draw: st.DrawFn) -> dict[str, Any]:
    key = draw(st.sampled_from([key for key in sorted(WANTED) if not WANTED[key][0][0].startswith("For")]))
    operators, values = WANTED[key]
    operator = negated(draw(st.sampled_from(operators))) + draw(st.sampled_from(["", "IfExists"]))
    chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))
    return {"Effect": "Deny", "Principal": "*", "Action": "ecr:*", "Condition": {operator: {key: chosen}}}


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    condition: dict[str, dict[str, list[str]]] = {}
    for key in draw(st.lists(st.sampled_from(sorted(WANTED)), max_size=3, unique=True)):
        operators, values = WANTED[key]
        operator = draw(st.sampled_from(operators))
        if not operator.startswith("For") and draw(st.integers(0, 4)) == 0:
            operator = negated(operator)
        elif draw(st.integers(0, 5)) == 0:
            operator += "IfExists"
        chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))
        condition.setdefault(operator, {})[key] = chosen
    principal = draw(st.sampled_from(["*", {"AWS": "*"}, {"AWS": TOOLS}, {"AWS": f"arn:aws:iam::{TOOLS}:user/ann"}]))
    return {"Effect": "Allow", "Principal": principal, "Action": "ecr:*", "Condition": condition}


@settings(max_examples=60)
@given(statement=statements(), spares=st.lists(denies(), max_size=1))
def test_nobody_outside_is_left_out(
    tmp_path_factory: pytest.TempPathFactory, statement: dict[str, Any], spares: list[dict[str, Any]]
) -> None:
    """Where a policy lets in anybody of other accounts, somebody is listed."""
    policy = document(statement, *spares)
    file: Path = tmp_path_factory.mktemp("strangers") / "account.json"
    file.write_text(json.dumps(snapshot(repositories={REPO: policy})))
    accounts = Accounts([read_account(str(file))])
    found = who(Catalog.load(), accounts, "ecr:BatchGetImage", REPO, Target("aws", PROD, ("eu-central-1",))).others
    lets_in = PolicyDocument.from_json(json.dumps(policy))
    let_in = [
        principal
        for principal, context in OUTSIDERS
        if evaluate(
            Request("ecr:BatchGetImage", REPO, principal, context),
            identity=[] if principal.endswith(":root") else [EVERYTHING],
            resource=[lets_in],
        ).allowed
    ]
    assert not let_in or found, (policy, let_in)
