"""Who can do what: what is told for many at once, against each of them asked alone."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_accounts import REPOSITORIES, accounts_of

from ecrgen.audit.access import access
from ecrgen.audit.accounts import Accounts
from ecrgen.audit.standing import Standing, answer_of
from ecrgen.policy.request import Request
from ecrgen.proof.operations import Question, Step

ACTION = "ecr:PutImage"


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
