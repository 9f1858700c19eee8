"""The guards of every test run: nothing leaves this machine, and only the long run tries other examples each time."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

LOOPBACK_NAMES = ("", "localhost", None)
left: list[str] = []


def is_long_run(config: pytest.Config) -> bool:
    """`-m slow`, with no Hypothesis profile asked for."""
    return config.option.markexpr == "slow" and not config.getoption("--hypothesis-profile")


def stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: no name is looked up and no packet sent but to this machine, by whatever way a library takes.

    Raises AssertionError, and keeps what was tried: a library may take the exception for a fault of the network.
    """
    match event:
        case "socket.connect" | "socket.sendto" | "socket.sendmsg" if isinstance(arguments[1], tuple):
            host = arguments[1][0]
        case "socket.getaddrinfo" | "socket.gethostbyname" | "socket.gethostbyaddr":
            host = arguments[0]
        case _:
            return
    if not is_loopback(host):
        left.append(f"a test tried to reach {host!r} ({event})")
        raise AssertionError(left[-1])


def is_loopback(host: Any) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    try:
        return name in LOOPBACK_NAMES or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
