"""moto as a server of its own, a connection to it, and the calls that one makes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ecrgen.account.connection import Connection, connect
from ecrgen.account.faults import AwsError

__all__ = ["ACCOUNT", "calls_of", "connected", "server"]

ACCOUNT = "123456789012"  # moto's


@contextmanager
def server(roles: int) -> Iterator[str]:
    """The address of a server whose account has so many roles, `team-0` and so on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        connection = connected(url, 1)
        for number in range(roles):
            connection.call("CreateRole", RoleName=f"team-{number}", AssumeRolePolicyDocument="{}")
        yield url
    finally:
        process.terminate()
        process.wait()


def connected(url: str, concurrency: int) -> Connection:
    """A connection, once the server answers."""
    for _ in range(100):
        try:
            return connect(endpoint_url=url, region="us-east-1", concurrency=concurrency)
        except AwsError:
            time.sleep(0.1)
    raise RuntimeError(f"no moto server at {url}")


def calls_of(connection: Connection) -> list[str]:
    """The operations that the connection calls from now on, as they come."""
    calls: list[str] = []
    send = connection.send

    def counted(operation: str, *arguments: Any, **named: Any) -> Any:
        calls.append(operation)
        return send(operation, *arguments, **named)

    vars(connection)["send"] = counted
    return calls
