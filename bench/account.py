"""Who can do what in a whole account, all at once, against asking for each caller and repository alone."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.table import Goal, Row, cpu_seconds
from ecrgen.account.read_account import read_account
from ecrgen.audit.access import access
from ecrgen.audit.accounts import Accounts
from ecrgen.audit.report import OPERATIONS, report
from ecrgen.audit.standing import Standing
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Request, evaluate
from ecrgen.proof.operations import Question, Step

ACCOUNT = "111122223333"
TEAMS = 50
ALONE = 20_000  # of the questions that asking alone takes, so many are asked, and the time of all is reckoned
ACTION = "ecr:PutImage"


def arn(repository: str) -> str:
    return f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/{repository}"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def account(callers: int, repositories: int) -> dict[str, Any]:
    """A snapshot: each team has a prefix of repositories, each caller a policy of its own for a few of them."""
    chance = random.Random(7)
    names = [f"team-{number % TEAMS}/service-{number}" for number in range(repositories)]
    login = allow("ecr:GetAuthorizationToken", "*")
    tls = {"Bool": {"aws:SecureTransport": "true"}}

    def policies(number: int) -> list[dict[str, Any]]:
        match number % 4:
            case 0:  # a team's developer
                return [document(login, allow(["ecr:BatchGetImage"], arn(f"team-{number % TEAMS}/*")))]
            case 1:  # a pipeline, for repositories of its own
                own = sorted(map(arn, chance.sample(names, 3)))
                return [document(login, allow(["ecr:PutImage", "ecr:BatchGetImage"], own))]
            case 2:  # an administrator of a team, over TLS
                return [document(allow("ecr:*", arn(f"team-{number % TEAMS}/*"), Condition=tls))]
            case _:
                return [document(allow("s3:*", "*"))]

    roles = [
        {
            "RoleName": f"role-{number}",
            "Arn": f"arn:aws:iam::{ACCOUNT}:role/role-{number}",
            "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": each} for each in policies(number)],
            "AttachedManagedPolicies": [],
        }
        for number in range(callers)
    ]
    shared = {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "ecr:BatchGetImage"}
    return {
        "version": 1,
        "account": ACCOUNT,
        "partition": "aws",
        "regions": ["eu-west-1"],
        "taken": "2026-01-01T00:00:00Z",
        "iam": {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []},
        "repositories": [
            {"arn": arn(name), "tags": {}, "policy": document(shared) if at % 3 == 0 else None}
            for at, name in enumerate(names)
        ],
        "registries": [{"region": "eu-west-1", "policy": None}],
    }


def accounts_of(callers: int, repositories: int) -> Accounts:
    with TemporaryDirectory() as directory:
        file = Path(directory) / "account.json"
        file.write_text(json.dumps(account(callers, repositories)))
        return Accounts([read_account(str(file))])


def ask(principal: str, repository: str) -> Question:
    return Question(ACTION, repository, (Step(Request(ACTION, repository, principal), None),))


def at_once(accounts: Accounts, arns: Sequence[str]) -> int:
    """How many callers can, on all repositories together."""
    answers = (each for each in access(accounts, arns, [ask], Standing()) if each.found.answer != "no")
    return sum(len(each.callers) * len(each.repositories) for each in answers)


def alone(accounts: Accounts, arns: Sequence[str]) -> float:
    """The seconds that asking evaluate for each caller and repository would take, without any condition left open."""
    (only,) = accounts.by_id.values()
    callers = [
        (each.arn, [held.document for held in each.policies if held.document])
        for each in (only.principals or {}).values()
    ]
    resource: list[list[PolicyDocument]] = []
    for name in arns:
        policy = only.repositories[name].policy
        resource.append([policy.document] if policy and policy.document else [])
    pairs = random.Random(7).choices(range(len(callers) * len(arns)), k=ALONE)

    def run() -> None:
        for pair in pairs:
            principal, identity = callers[pair // len(arns)]
            at = pair % len(arns)
            evaluate(Request(ACTION, arns[at], principal), identity, resource[at])

    return cpu_seconds(run) * len(callers) * len(arns) / ALONE


def rows() -> Iterator[Row]:
    """One for the speed against asking alone, one for the growth from 250 to 1,000 callers and repositories."""
    seconds: dict[int, float] = {}
    for size in (250, 1_000):
        accounts = accounts_of(size, size)
        (only,) = accounts.by_id.values()
        arns = tuple(only.repositories)
        seconds[size] = cpu_seconds(lambda accounts=accounts, arns=arns: at_once(accounts, arns), rounds=2)  # type: ignore[misc]
    each = alone(accounts, arns)
    catalog = Catalog.load(str(builtin_file()))
    # the least that asking for each of them would take: its own actions, without those that it needs first
    steps = sum(len(catalog.operations[name].actions) if name in catalog.operations else 1 for name in OPERATIONS)
    yield Row(
        "who, 1,000 callers x 1,000 repositories",
        f"{seconds[1_000]:.2f} s",
        f"evaluate one by one {each:.1f} s",
        each / seconds[1_000],
        Goal(">=", 20),
    )
    reported = cpu_seconds(lambda: report(catalog, accounts))
    yield Row(
        f"report of {len(OPERATIONS)} operations, of the same",
        f"{reported:.2f} s",
        f"evaluate one by one {steps * each:.0f} s",
        steps * each / reported,
        Goal(">=", 20),
    )
    yield Row(
        "who, four times the callers and repositories",
        f"{seconds[1_000]:.2f} s",
        f"a quarter of them {seconds[250]:.2f} s",
        seconds[1_000] / seconds[250],
        Goal("<=", 8),
    )
