"""The tests' own guards: none leaves this machine, and a run repeats what the one before it tried."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable

import guards
import pytest
from hypothesis import settings

AWAY = "192.0.2.1"  # for documentation: nobody's


def udp(address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.sendto(b"", (address, 53))


def connected(address: str) -> None:
    with socket.socket() as channel:
        channel.connect_ex((address, 443))


@pytest.mark.parametrize(
    "leave",
    [
        lambda: socket.create_connection((AWAY, 443), timeout=1),
        lambda: connected(AWAY),
        lambda: udp(AWAY),
        lambda: socket.getaddrinfo("ecr.us-east-1.amazonaws.com", 443),
        lambda: socket.gethostbyname("ecr.us-east-1.amazonaws.com"),
    ],
)
def test_a_call_that_would_leave_this_machine_fails(leave: Callable[[], object]) -> None:
    """A connection, a datagram or a name that is not this machine's is refused before it is sent, and remembered."""
    with pytest.raises(AssertionError, match="a test tried to reach"):
        leave()
    assert len(guards.left) == 1
    guards.left.clear()


def test_this_machine_can_be_reached() -> None:
    """A server of the test's own is no other machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    assert socket.getaddrinfo("localhost", 80)


def test_a_process_of_a_test_finds_no_way_out() -> None:
    """What a test starts is sent to a proxy at which nobody listens."""
    program = "import urllib.request as r; r.urlopen('http://192.0.2.1/', timeout=5)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "Connection refused" in done.stderr


def test_a_run_is_repeatable(request: pytest.FixtureRequest) -> None:
    """Property tests try the same examples each time, but in the long run."""
    asked = request.config.getoption("--hypothesis-profile")
    assert settings().derandomize is (asked == "repeatable" or not (asked or guards.is_long_run(request.config)))
