"""The fuzzer, for a little while, and that it notices what it is for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fuzz import run as runner
from fuzz.case import Case
from fuzz.kinds import KINDS
from server import Server

ROUNDS = 30  # about a minute


@pytest.mark.slow
def test_hostile_input_at_random() -> None:
    """Templates, catalogs, policies, snapshots and answers end in a result or an error; a failure can be repeated."""
    ends, failures = runner.fuzz(range(ROUNDS), seed=1)
    assert failures == []
    assert {end.partition(":")[0] for end in ends} == {kind.__name__ for kind in KINDS}


def raises(case: Case) -> str:
    raise AttributeError("'NoneType' object has no attribute 'x'")


def opens_elsewhere(case: Case) -> str:
    (case.directory / "link").symlink_to(case.directory.parent / "secret")
    (case.directory / "link").read_text()
    return "read"


def is_slow(case: Case) -> str:
    return str(sum(range(300_000)))


@pytest.mark.parametrize(
    ("kind", "words"),
    [(raises, "AttributeError: 'NoneType'"), (opens_elsewhere, "opened /"), (is_slow, "took 0.0 s")],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_it_notices(kind: Callable[[Case], str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A traceback, a file elsewhere and a long time are failures of a case."""
    monkeypatch.setattr(runner, "SECONDS", 0.001 if kind is is_slow else 2.0)
    monkeypatch.chdir(tmp_path)
    failed, _ = runner.run(kind, "1", tmp_path / "site", Server())
    assert words in failed
    assert bool(runner.run(lambda case: "done", "1", tmp_path / "site", Server())[0]) is False
