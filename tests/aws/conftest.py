"""Fixtures of the tests against moto: one strict server per process, emptied for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.stub import Stubber
from operator_policy import allowed, asks, operator
from server import Server
from strict import strict_iam
from strict_ecr import UNSEEN, strict_ecr
from strict_stacks import strict_stacks
from strict_stacksets import strict_stack_sets

from ecrgen.account.connection import Connection, connect
from ecrgen.policy.document import PolicyDocument


@pytest.fixture(scope="session")
def running() -> Iterator[Server]:
    with strict_iam(), strict_ecr(), strict_stacks(), strict_stack_sets():
        server = Server()
        server.start()
        yield server
        server.stop()


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    """Answers of a test's client in this order, each to a call with these parameters and no other; none is left."""
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture(scope="session")
def operator_policy() -> PolicyDocument:
    return operator()


@pytest.fixture(scope="session")
def registry_operator_policy() -> PolicyDocument:
    return operator(repo="team/*", public="team/*")


@pytest.fixture
def server(
    running: Server,
    monkeypatch: pytest.MonkeyPatch,
    operator_policy: PolicyDocument,
    registry_operator_policy: PolicyDocument,
) -> Iterator[Server]:
    """An empty AWS account behind HTTP; whatever a test made ecrgen call there, persona `operator` has to allow."""
    running.reset()
    UNSEEN.clear()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")
    yield running
    asked = {ask for call in running.ever for ask in asks(call)}
    running.ever.clear()
    of_ecr = {ask for ask in asked if ask.action.startswith(("ecr:", "ecr-public:"))}
    assert [ask for ask in sorted(asked - of_ecr, key=str) if not allowed(operator_policy, ask)] == []
    assert [ask for ask in sorted(of_ecr, key=str) if not allowed(registry_operator_policy, ask)] == []


@pytest.fixture(scope="session")
def connections() -> dict[int, Connection]:
    """Connections to the server that were made already, by concurrency: making one takes longer than most tests."""
    return {}


@pytest.fixture
def connected(server: Server, connections: dict[int, Connection]) -> Callable[..., Connection]:
    """Connects to the server; pauses between attempts are as good as none."""

    def make(concurrency: int = 1) -> Connection:
        if concurrency not in connections:
            connections[concurrency] = connect(
                endpoint_url=server.url, region="us-east-1", concurrency=concurrency, pause=0.0001
            )
        return connections[concurrency]

    return make
