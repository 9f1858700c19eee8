"""Planning what grants say in the policies of many repositories: a call for each, over HTTP against moto."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from bench.server import ACCOUNT, calls_of, connected, server
from bench.table import Goal, Row
from ecrgen.account.connection import Connection
from ecrgen.account.desired import desired_state
from ecrgen.account.fetch import read_state
from ecrgen.account.fetch_resources import read_resources
from ecrgen.account.namespace import Namespace
from ecrgen.catalog.halves import ResourceHalf
from ecrgen.catalog.places import Repository
from ecrgen.catalog.sids import sid_of
from ecrgen.policy.document import Statement
from ecrgen.provision.plan import plan

REPOSITORIES = 1_000


def rows() -> Iterator[Row]:
    """The number of calls, which is bounded, and eight of them at once against one at a time."""
    with server(roles=0) as url:
        create(connected(url, 1))
        alone, calls = planning(connected(url, 1))
        together, _ = planning(connected(url, 8))
    what = f"plan for {REPOSITORIES:,} repositories over HTTP"
    yield Row(
        f"{what}, one call at once", f"{alone:.1f} s", f"{calls:,} calls", calls / REPOSITORIES, Goal("<=", 1.02, "")
    )
    yield Row(
        f"{what}, eight at once",
        f"{together:.1f} s",
        f"one at once {alone:.1f} s",
        alone / together,
        Goal(">=", 0.9),  # moto works on one core
    )


def create(connection: Connection) -> None:
    client: Any = connection.client("ecr", "us-east-1")
    for number in range(REPOSITORIES):
        client.create_repository(repositoryName=f"team/r{number}")


def planning(connection: Connection) -> tuple[float, int]:
    """Seconds and calls of planning a grant to another account on all repositories, none of which has a policy."""
    calls = calls_of(connection)
    desired = desired_state(Namespace("aws", ACCOUNT, "site"), ())
    started = time.perf_counter()
    resources = read_resources(connection, "site", halves(), ["us-east-1"], everywhere=False)
    made = plan(desired, read_state(connection, "site"), resources)
    seconds = time.perf_counter() - started
    assert len(made.steps) == REPOSITORIES
    return seconds, len(calls)


def halves() -> Iterator[ResourceHalf]:
    statement = Statement.from_dict(
        {
            "Sid": sid_of("site", "ci", 1),
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        }
    )
    for number in range(REPOSITORIES):
        arn = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/r{number}"
        yield ResourceHalf(Repository(arn), (statement,))
