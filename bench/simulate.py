"""Who can push in a whole account, against @cloud-copilot/iam-simulate, a library for Node.js that is asked one by one.

It is not part of any extra: `npm install --prefix DIR @cloud-copilot/iam-simulate`, and NODE_PATH=DIR/node_modules.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.account import ACCOUNT, ACTION, account, accounts_of, at_once
from bench.table import Goal, Row, cpu_seconds
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Request, evaluate

SIZE = 1_000
ASKED = 5_000  # of the questions that asking one by one takes, so many are asked, and the time of all is reckoned
SCRIPT = Path(__file__).with_name("simulate.cjs")
LIBRARY = "@cloud-copilot/iam-simulate"


def rows() -> Iterator[Row]:
    node = shutil.which("node")
    if node is None or subprocess.run([node, "-e", f"require('{LIBRARY}')"], capture_output=True).returncode:
        raise ModuleNotFoundError(name=f"{LIBRARY} for Node.js (NODE_PATH)")
    snapshot = account(SIZE, SIZE)
    callers, repositories = snapshot["iam"]["RoleDetailList"], snapshot["repositories"]
    chance = random.Random(7)
    pairs = [(chance.choice(callers), chance.choice(repositories)) for _ in range(ASKED)]
    done = subprocess.run(
        [node, str(SCRIPT)],
        input=json.dumps([simulation(*pair) for pair in pairs]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    theirs = json.loads(done.stdout)
    assert theirs["allowed"] == sum(allowed(*pair) for pair in pairs), "both decide alike"
    each = theirs["seconds"] * SIZE * SIZE / ASKED
    accounts = accounts_of(SIZE, SIZE)
    (only,) = accounts.by_id.values()
    seconds = cpu_seconds(lambda: at_once(accounts, tuple(only.repositories)), rounds=2)
    yield Row(
        "who, 1,000 callers x 1,000 repositories",
        f"{seconds:.2f} s",
        f"iam-simulate one by one {each:.0f} s",
        each / seconds,
        Goal(">=", 10),
    )


def simulation(caller: dict[str, Any], repository: dict[str, Any]) -> dict[str, Any]:
    """A question as the library takes it."""
    return {
        "request": {
            "principal": caller["Arn"],
            "action": ACTION,
            "resource": {"resource": repository["arn"], "accountId": ACCOUNT},
            "contextVariables": {},
        },
        "identityPolicies": [
            {"name": each["PolicyName"], "policy": each["PolicyDocument"]} for each in caller["RolePolicyList"]
        ],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
        **({"resourcePolicy": repository["policy"]} if repository["policy"] else {}),
    }


def allowed(caller: dict[str, Any], repository: dict[str, Any]) -> bool:
    identity = [PolicyDocument.from_dict(each["PolicyDocument"]) for each in caller["RolePolicyList"]]
    resource = [PolicyDocument.from_dict(repository["policy"])] if repository["policy"] else []
    return evaluate(Request(ACTION, repository["arn"], caller["Arn"]), identity, resource).allowed
