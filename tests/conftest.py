"""What holds for every test: no network but this machine's, no AWS credentials, no catalog from outside."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from guards import is_long_run, left, stay_on_this_machine
from hypothesis import is_hypothesis_test, settings

DOCUMENTED = Path(__file__).parent / "documented"


settings.register_profile("quick", derandomize=True, deadline=None, max_examples=40)
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("random", deadline=None, print_blob=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew", action="store_true", help="Write the files of tests/golden/ anew.")


def pytest_configure(config: pytest.Config) -> None:
    """Property tests try the same examples in every run, but new ones in the long run.

    A run in the background inherits that SIGINT is ignored, and so would the processes whose Ctrl-C is tested.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile("random" if is_long_run(config) else "quick")
    sys.addaudithook(stay_on_this_machine)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long run has every property test in it, not only those that are always too long."""
    for item in items if is_long_run(config) else ():
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("slow")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test that would leave this machine fails; a process of it finds nobody at the only way out, the proxy."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        for spelling in (name, name.lower()):
            monkeypatch.setenv(spelling, "http://127.0.0.1:9")
    for spelling in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(spelling, "localhost,127.0.0.1,::1")
    left.clear()
    yield
    assert left == []


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
