"""Planning against an account that is full, and applying to one that is empty."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from bench.server import ACCOUNT, calls_of, connected, server
from bench.table import Goal, Row
from ecrgen.account.desired import Desired, DesiredGrant, desired_state
from ecrgen.account.fetch import read_state
from ecrgen.account.namespace import Namespace
from ecrgen.account.snapshot import read_snapshot
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.apply import apply
from ecrgen.provision.plan import plan

POLICIES = 5_000
GRANTS = 1_000


def rows() -> Iterator[Row]:
    """Planning from a snapshot against reading its JSON; applying with eight calls at once against one at a time."""
    yield planning()
    with server(roles=GRANTS) as url:
        alone, calls = applying(url, 1)
    yield Row(
        f"apply {GRANTS:,} grants over HTTP, one call at once",
        f"{alone:.1f} s",
        f"{calls:,} calls",
        (calls - 2) / GRANTS,
        Goal("<=", 2, "each"),
    )
    with server(roles=GRANTS) as url:
        together, _ = applying(url, 8)
    yield Row(
        f"apply {GRANTS:,} grants over HTTP, eight at once",
        f"{together:.1f} s",
        f"one at once {alone:.1f} s",
        alone / together,
        Goal(">=", 1),  # moto works on one core
    )


def planning() -> Row:
    with TemporaryDirectory() as directory:
        path = Path(directory, "snapshot.json")
        path.write_text(json.dumps(snapshot()))
        started = time.perf_counter()
        json.loads(path.read_bytes())
        floor = time.perf_counter() - started
        desired = catalog("full", POLICIES)
        started = time.perf_counter()
        made = plan(desired, read_snapshot(path, "full"))
        ours = time.perf_counter() - started
    assert not made.steps
    return Row(
        f"plan over {POLICIES:,} unchanged policies of a snapshot",
        f"{ours:.2f} s",
        f"json.loads {floor:.2f} s",
        ours,
        Goal("<=", 2, "s"),
    )


def document(number: int) -> PolicyDocument:
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:PutImage"]
    arns = [f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/team-{number}/{name}" for name in ("api", "web", "worker")]
    return PolicyDocument.from_dict(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
                {"Sid": "Images", "Effect": "Allow", "Action": actions, "Resource": arns},
            ],
        }
    )


def catalog(namespace: str, count: int) -> Desired:
    grants = (DesiredGrant(f"g{n}", "push", (f"role/team-{n}",), document(n)) for n in range(count))
    return desired_state(Namespace("aws", ACCOUNT, namespace), grants)


def planned(count: int) -> Callable[[], object]:
    """Planning that many grants over a snapshot of the account that has them, for bench.growth."""
    directory = mkdtemp()
    path = Path(directory, "snapshot.json")
    path.write_text(json.dumps(snapshot(count)))
    desired = catalog("full", count)
    state = read_snapshot(path, "full")
    rmtree(directory)
    return lambda: plan(desired, state)


def snapshot(count: int = POLICIES) -> dict[str, Any]:
    """What GetAccountAuthorizationDetails answers for an account that holds all of the catalog."""
    desired = catalog("full", count)
    date = "2026-01-01T00:00:00+00:00"
    return {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [
            {
                "Arn": f"arn:aws:iam::{ACCOUNT}:role/{attachment.grantee.name}",
                "Path": "/",
                "AttachedManagedPolicies": [{"PolicyArn": attachment.policy}],
            }
            for attachment in desired.attachments
        ],
        "Policies": [
            {
                "Arn": policy.arn,
                "Path": "/ecrgen/full/",
                "DefaultVersionId": "v1",
                "PolicyVersionList": [{"VersionId": "v1", "CreateDate": date, "Document": policy.document.to_dict()}],
            }
            for policy in desired.policies.values()
        ],
    }


def applying(url: str, concurrency: int) -> tuple[float, int]:
    """Seconds and calls of applying all grants to an account that has no policy."""
    connection, desired = connected(url, concurrency), catalog("site", GRANTS)
    calls = calls_of(connection)
    started = time.perf_counter()
    result = apply(plan(desired, read_state(connection, "site")), connection, prune=False)
    seconds = time.perf_counter() - started
    assert result.complete
    return seconds, len(calls)
