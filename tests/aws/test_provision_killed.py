"""Killed anywhere, an apply leaks nothing and the next one converges."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest
from killing import Victim
from scenario import CALLS, NEW, seed, watch
from server import Server
from world import everything_else, model, target

from ecrgen.account.connection import Connection
from ecrgen.account.fetch import read_state
from ecrgen.provision.apply import apply
from ecrgen.provision.changes import Attach, Create, Delete, Detach, Update
from ecrgen.provision.plan import plan

# A minute of processes, servers and examples.
pytestmark = pytest.mark.slow


@pytest.fixture
def victim(server: Server) -> Iterator[Victim]:
    victim = Victim(server)
    yield victim
    victim.stop()


def test_the_scenario_holds_every_kind_of_change(server: Server, connected: Callable[..., Connection]) -> None:
    """The plan that is killed has every kind of change, and costs the calls that are tried."""
    seed(server.account)
    connection = connected()
    server.calls.clear()
    made = plan(NEW, read_state(connection, "pay"))
    kinds = {type(change) for change in made.changes}
    assert kinds == {Create, Update, Attach, Detach, Delete}
    assert any(isinstance(change, Update) and change.spare for change in made.changes)
    leaks = watch(server)
    assert apply(made, connection, prune=True).complete
    assert leaks == []
    assert len(server.calls) == CALLS
    assert model(server.account) == target(NEW)


def kill_and_converge(
    server: Server, connected: Callable[..., Connection], victim: Victim, at: int, *, after: bool
) -> None:
    server.reset()
    seed(server.account)
    others = everything_else(server.account)
    leaks = watch(server)
    assert victim.run(at, after=after) == -signal.SIGKILL
    connection = connected()
    assert apply(plan(NEW, read_state(connection, "pay")), connection, prune=True).complete
    assert model(server.account) == target(NEW)
    assert leaks == []
    assert everything_else(server.account) == others


@pytest.mark.parametrize("part", range(4))
def test_killed_before_every_call(
    server: Server, connected: Callable[..., Connection], victim: Victim, part: int
) -> None:
    """Killed before any call takes effect, nobody has more than either side gives; then the next apply converges."""
    for at in range(part, CALLS, 4):
        kill_and_converge(server, connected, victim, at, after=False)


def test_killed_after_the_last_call(server: Server, connected: Callable[..., Connection], victim: Victim) -> None:
    """Killed when everything has taken effect but nothing is known of it, the next apply has nothing left to do."""
    kill_and_converge(server, connected, victim, CALLS - 1, after=True)


@pytest.mark.parametrize("part", range(4))
def test_killed_after_every_call(
    server: Server, connected: Callable[..., Connection], victim: Victim, part: int
) -> None:
    """Killed after any call took effect, nobody has more than either side gives; then the next apply converges."""
    for at in range(part, CALLS, 4):
        kill_and_converge(server, connected, victim, at, after=True)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_with_calls_in_flight(server: Server, connected: Callable[..., Connection], after: bool) -> None:
    """The same holds with four calls under way at once, whichever of them have taken effect."""
    victim = Victim(server, concurrency=4)
    try:
        for at in range(CALLS):
            kill_and_converge(server, connected, victim, at, after=after)
    finally:
        victim.stop()
