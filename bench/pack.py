"""Packing a grant of 1,000 repositories and comparing two. The floor writes the same document as JSON, once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from bench.table import Row
from ecrgen.policy.access import diff
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.pack import pack

REPOSITORIES = 1000
ROUNDS = 5
DOCUMENTED = Path(__file__).parents[1] / "tests" / "documented" / "single-repo.json"


def rows() -> Iterator[Row]:
    """One row for packing, one for the difference of two such grants."""
    policy, more = grant(REPOSITORIES), grant(REPOSITORIES + 1)
    data = policy.to_dict()
    floor = seconds(lambda: json.dumps(data))
    for what, work in (
        (f"pack {REPOSITORIES:,} repositories in {len(pack([policy]))} parts", lambda: pack([policy])),
        (f"difference of {REPOSITORIES:,} and {REPOSITORIES + 1:,} repositories", lambda: diff(policy, more)),
    ):
        ours = seconds(work)
        yield Row(what, f"{ours * 1000:.0f} ms", f"json.dumps {floor * 1000:.1f} ms", f"{ours / floor:.0f} x", "<= 1 s")


def grant(repositories: int) -> PolicyDocument:
    """The documented policy of one repository, for many."""
    data = json.loads(DOCUMENTED.read_text())
    for statement in data["Statement"]:
        if statement["Resource"] != "*":
            name = statement["Resource"].removesuffix("my-repo")
            statement["Resource"] = [f"{name}team-{number % 30}/app-{number}" for number in range(repositories)]
    return PolicyDocument.from_dict(data)


def seconds(work: Callable[[], object]) -> float:
    """The best of some rounds."""

    def once() -> float:
        start = perf_counter()
        work()
        return perf_counter() - start

    return min(once() for _ in range(ROUNDS))
