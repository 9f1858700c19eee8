"""Killed anywhere between the changes of both halves, an apply leaks nothing, and the next one converges."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest
from killing import Victim
from scenario_halves import CALLS, access, asked, ours, planned, seed, watch
from server import Reply, Server

from ecrgen.account.connection import Connection
from ecrgen.provision.apply import apply
from ecrgen.provision.changes import Update
from ecrgen.provision.set_statements import SetStatements

# A minute of processes, servers and examples.
pytestmark = pytest.mark.slow

Connect = Callable[..., Connection]
Access = set[tuple[str, str, str]]


@pytest.fixture
def victim(server: Server) -> Iterator[Victim]:
    victim = Victim(server, catalog="BOTH")
    yield victim
    victim.stop()


@pytest.fixture
def bound(server: Server, connected: Connect) -> Access:
    """What somebody may have: what the old grants or the new ones give."""
    connection = connected()
    seed(server)
    before = access(server.account, server)
    assert apply(planned(connection), connection, prune=True).complete
    after = access(server.account, server)
    assert before - after
    assert after - before
    server.reset()
    return before | after


def test_the_scenario_holds_what_is_difficult(server: Server, connected: Connect, bound: Access) -> None:
    """The plan that is killed has a Deny that comes and goes, and documents that are written twice around it."""
    seed(server)
    connection = connected()
    server.calls.clear()
    made = planned(connection)
    changes = [each for each in made.changes if isinstance(each, SetStatements)]
    assert any(isinstance(each, Update) for each in made.changes)
    assert {each.goes for each in changes} == {True, False}
    assert len({each.place for each in changes}) < len(changes)
    faults = watch(server, bound)
    assert apply(made, connection, prune=True).complete
    assert faults == []
    assert len(server.calls) == CALLS
    assert ours(server) == asked()
    assert planned(connection).steps == ()


def kill_and_converge(
    server: Server, connected: Connect, victim: Victim, bound: Access, at: int, *, after: bool
) -> None:
    server.reset()
    seed(server)
    faults = watch(server, bound)
    assert victim.run(at, after=after) == -signal.SIGKILL
    connection = connected()
    assert apply(planned(connection), connection, prune=True).complete
    assert ours(server) == asked()
    assert faults == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_call(server: Server, connected: Connect, victim: Victim, bound: Access, after: bool) -> None:
    """Killed before or after any call takes effect, nobody has more than either side gives; then it converges."""
    for at in range(CALLS):
        kill_and_converge(server, connected, victim, bound, at, after=after)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("ThrottlingException", marks=pytest.mark.slow),
        pytest.param("ServerException", marks=pytest.mark.slow),
        "AccessDeniedException",
    ],
)
def test_each_call_fails(server: Server, connected: Connect, bound: Access, code: str) -> None:
    """Whatever call fails, for a moment or for good, nobody has too much, and the next apply converges."""
    connection = connected()
    for at in range(CALLS):
        server.reset()
        seed(server)
        faults = watch(server, bound)
        made = planned(connection)
        status = 500 if code == "ServerException" else 400
        first = len(server.calls)
        server.before = lambda call: Reply(status, code) if call.number == first + at else None  # noqa: B023
        done = apply(made, connection, prune=True).complete
        assert done or code == "AccessDeniedException"
        server.before = lambda call: None
        assert apply(planned(connection), connection, prune=True).complete
        assert ours(server) == asked()
        assert faults == []
