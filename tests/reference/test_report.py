"""The report of random accounts: every cell is what asking alone says, and no row says more."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_accounts import OURS, REPOSITORIES, THEIRS, accounts_of

from ecrgen.account.account import Account
from ecrgen.audit import report as module
from ecrgen.audit.accounts import Accounts
from ecrgen.audit.report import Asking, Report, report
from ecrgen.audit.standing import Standing, answer_of
from ecrgen.catalog.catalog import Catalog

# A repository's name has two characters or more.
ARNS = [arn for arn in REPOSITORIES if len(arn.partition(":repository/")[2]) > 1]
OPERATIONS = ("ecr:GetAuthorizationToken", "pull", "ecr:PutImage")
SITE = f"""
version: 1
extends: builtin
namespace: pay
account: "{OURS}"
region: us-east-1
grants:
  ci: {{persona: single-repo, with: {{repo: [team/b, ci]}}, to: [role/ci, user/alice]}}
  all: {{persona: pull-prefix, with: {{repo: "team/*"}}, to: [role/path/ops, role/build]}}
  them: {{persona: push, with: {{repo: team/a}}, to: ["arn:aws:iam::{THEIRS}:role/ci"]}}
"""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    file = tmp_path_factory.mktemp("site") / "catalog.yaml"
    file.write_text(SITE)
    return Catalog.load(file)


def told(made: Report) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """Each cell by caller, repository and operation, none of them twice."""
    found: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    for row in made.rows:
        assert row.cells, "a row says something"
        for caller in row.callers:
            for repository in row.repositories or ("",):
                for operation, cell in row.cells.items():
                    assert (caller, repository, operation) not in found
                    found[caller, repository, operation] = cell.able.answer, cell.able.conditions, cell.explained
    return found


def alone(accounts: Accounts, asking: Asking, caller: str, repository: str, operation: str) -> tuple[Any, ...] | None:
    asked = asking.asked(operation, caller, repository)
    found = answer_of(accounts, asked, Standing())
    if found.answer == "no":
        return None
    return found.answer, found.told.conditions, asking.explained(caller, repository, operation, found.answer)


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_cell_is_the_answer_alone(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog, seed: int) -> None:
    """Whoever can do something on a repository has a row that says so, with the conditions, and nobody else."""
    accounts = accounts_of(tmp_path_factory.mktemp("report"), random.Random(seed), ARNS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "OPERATIONS", OPERATIONS)
        found = told(report(catalog, accounts))
    asking = Asking(catalog, accounts)
    named = {repository for _, repository, _ in found if repository}
    for caller in callers(accounts.by_id.values()):
        for operation in OPERATIONS:
            for repository in [""] if operation == OPERATIONS[0] else sorted(named | {*ARNS}):
                expected = alone(accounts, asking, caller, repository, operation)
                assert found.get((caller, repository, operation)) == expected, (caller, repository, operation)


def callers(accounts: Any) -> list[str]:
    found: list[str] = []
    for account in accounts:
        assert isinstance(account, Account)
        found += [principal.arn for principal in (account.principals or {}).values()]
    return found
