"""What holds for every test: no network but this machine's, no AWS credentials, no catalog from outside."""

from __future__ import annotations

import ipaddress
import json
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

DOCUMENTED = Path(__file__).parent / "documented"


def pytest_configure() -> None:
    """A run in the background inherits that SIGINT is ignored, and so would the processes whose Ctrl-C is tested."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would leave this machine fails, at the name or at the connection."""
    connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    def guarded_getaddrinfo(host: Any, *rest: Any, **options: Any) -> Any:
        if host not in ("localhost", "127.0.0.1", "::1", None):
            raise AssertionError(f"a test tried to look up {host!r}")
        return getaddrinfo(host, *rest, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials, region, account or catalog reach a test from the machine it runs on."""
    import os

    for name in list(os.environ):
        if name.startswith(("AWS_", "ECRGEN_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-aws-credentials"))


@pytest.fixture
def documented() -> dict[str, Any]:
    """The three policies of the AWS page "Identity-based policy examples for Amazon ECR", by persona."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(DOCUMENTED.glob("*.json"))}
