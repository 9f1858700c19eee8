"""Packing a grant of 1,000 repositories and comparing two. The floor writes the same document as JSON, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bench.table import Goal, Row, cpu_seconds
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
    floor = cpu_seconds(lambda: json.dumps(data), ROUNDS)
    for what, work in (
        (f"pack {REPOSITORIES:,} repositories in {len(pack([policy]))} parts", lambda: pack([policy])),
        (f"difference of {REPOSITORIES:,} and {REPOSITORIES + 1:,} repositories", lambda: diff(policy, more)),
    ):
        ours = cpu_seconds(work, ROUNDS)
        yield Row(what, f"{ours * 1000:.0f} ms", f"json.dumps {floor * 1000:.1f} ms", ours, Goal("<=", 1, "s"))


def grant(repositories: int) -> PolicyDocument:
    """The documented policy of one repository, for many."""
    data = json.loads(DOCUMENTED.read_text())
    for statement in data["Statement"]:
        if statement["Resource"] != "*":
            name = statement["Resource"].removesuffix("my-repo")
            statement["Resource"] = [f"{name}team-{number % 30}/app-{number}" for number in range(repositories)]
    return PolicyDocument.from_dict(data)
