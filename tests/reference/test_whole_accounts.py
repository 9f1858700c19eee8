"""What an account's file says of a question, against the reference evaluator and whatever an unknown policy may be."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_evaluator import decide
from scenarios import Scenario, scenario
from whole_accounts import details, role, snapshot, user

from ecrgen.account.account import Account
from ecrgen.account.read_account import read_account
from ecrgen.audit.accounts import Accounts
from ecrgen.audit.standing import Standing, answer_of
from ecrgen.policy.caller import caller_of
from ecrgen.policy.open_question import ask
from ecrgen.policy.request import Request
from ecrgen.proof.operations import Question, Step

OURS, THEIRS = "111122223333", "444455556666"
LAYERS = ("identity", "resource", "boundary")
SCENARIOS = 12


def asked_of_files(directory: Path, asked: Scenario, hidden: int | None = None, hides: str = "identity") -> Any:
    """The answer of files in which everything lies where AWS has it; one policy of a layer is not there."""
    caller = caller_of(asked.request["principal"])
    assert caller is not None
    policies = asked.policies
    bound = f"arn:aws:iam::{caller.account}:policy/bound"
    more: dict[str, Any] = {"account": caller.account}
    if policies.get("boundary"):
        more["PermissionsBoundary"] = {"PermissionsBoundaryArn": bound}
    hides = hides if hidden is not None else ""
    kept = [each for number, each in enumerate(policies["identity"]) if number != hidden or hides != "identity"]
    attached = [f"arn:aws:iam::{caller.account}:policy/hidden"] if hides == "identity" else []
    entity = (user if caller.type == "User" else role)(caller.name, *kept, attached=attached, **more)
    if caller.type == "User":
        entity["Arn"] = caller.principal
    managed = {bound: policies["boundary"]} if policies.get("boundary") and hides != "boundary" else {}
    of_repository = next((each for each in policies["resource"] if not has_resource(each)), None)
    of_registry = next((each for each in policies["resource"] if has_resource(each)), None)
    arn = asked.request["resource"]
    states = {OURS: snapshot(repositories={arn: of_repository}, registry=of_registry, account=OURS)}
    states[OURS]["registries"][0]["region"] = "us-east-1"
    if hides == "repository":
        states[OURS]["repositories"] = [{"arn": arn, "unread": "no"}]
    if hides == "registry":
        states[OURS]["registries"] = [{"region": "us-east-1", "policy": None, "unread": "no"}]
    if caller.account == OURS:
        states[OURS]["iam"] = details(entity, managed=managed)
    else:
        states[THEIRS] = details(entity, managed=managed)
    accounts: list[Account] = []
    for name, state in states.items():
        file = directory / f"{name}.json"
        file.write_text(json.dumps(state))
        accounts.append(read_account(str(file)))
    request = Request(asked.request["action"], arn, asked.request["principal"], open_context(asked))
    return answer_of(Accounts(accounts), Question("q", arn, (Step(request, None),)), Standing())


def has_resource(document: dict[str, Any]) -> bool:
    return any("Resource" in each or "NotResource" in each for each in document["Statement"])


def open_context(asked: Scenario) -> dict[str, Any]:
    """What of the context is known: a part of it."""
    return {key: value for key, value in asked.request["context"].items() if key < "aws:N"}


def fitting(chance: random.Random) -> Scenario | None:
    """A scenario that files can hold: a user or role's request on a repository."""
    asked = scenario(chance, LAYERS)
    caller = caller_of(asked.request["principal"])
    ok = caller is not None and caller.type in ("User", "AssumedRole") and asked.request["resource"] != "*"
    return asked if ok else None


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1))
def test_files_say_what_their_policies_say(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """A yes is allowed in every context that is possible, a no in none, and an answer is that of the policies alone."""
    directory = tmp_path_factory.mktemp("states")
    chance = random.Random(seed)
    for asked in filter(None, (fitting(chance) for _ in range(SCENARIOS))):
        found = asked_of_files(directory, asked)
        expected, _ = decide(asked.request, **asked.policies)
        assert found.answer == "if" or (found.answer == "yes") == (expected == "Allow"), asked
        step = found.standings[0]
        request = found.told.question.steps[0].request
        resource = [held.document for held in step.resource]
        boundary = step.boundary.document if step.boundary else None
        assert found.answer == ask(request, [held.document for held in step.identity], resource, boundary).answer


@pytest.mark.parametrize("layer", ["identity", "boundary", "repository", "registry"])
@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_hidden_changes_no_answer(tmp_path_factory: pytest.TempPathFactory, layer: str, seed: int) -> None:
    """A yes or no that is given without a policy stays, whatever that policy says."""
    directory = tmp_path_factory.mktemp("states")
    chance = random.Random(seed)
    for asked in filter(None, (fitting(chance) for _ in range(SCENARIOS))):
        if asked.policies.get(layer) if layer in ("identity", "boundary") else asked.policies["resource"]:
            hiding = asked_of_files(directory, asked, 0, layer)
            whole = asked_of_files(directory, asked)
            assert hiding.answer in ("if", whole.answer), asked


def test_answers_of_each_kind_occur(tmp_path: Path) -> None:
    """The scenarios give every answer; with a policy hidden, which may deny, none is a yes."""
    chance = random.Random(7)
    scenarios = [asked for asked in (fitting(chance) for _ in range(400)) if asked and asked.policies["identity"]]
    assert {asked_of_files(tmp_path, asked).answer for asked in scenarios} == {"yes", "no", "if"}
    assert {asked_of_files(tmp_path, asked, 0).answer for asked in scenarios} == {"no", "if"}
