"""The worked examples at the head of packages, as they are told there."""

from __future__ import annotations

from typing import Any

from ecrgen.policy import access, pack
from ecrgen.policy.document import PolicyDocument

PREFIX = "arn:aws:ecr:us-east-1:123456789012:repository/"


def document(*allowed: tuple[str, list[str]]) -> PolicyDocument:
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": action, "Resource": [PREFIX + name for name in names]}
        for action, names in allowed
    ]
    return PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statements})


def test_the_example_of_access() -> None:
    """The difference of the two documents is the sentence that the package quotes."""
    found = access.diff(document(("ecr:PutImage", ["a"])), document(("ecr:PutImage", ["*"])))
    assert [f'"{each.words}"' in (access.__doc__ or "") for each in found] == [True]


def test_the_example_of_pack() -> None:
    """The three statements become two, of the size that the package tells, and go into two documents."""
    policy = document(("ecr:PutImage", ["a", "b"]), ("ecr:ListImages", ["a"]), ("ecr:PutImage", ["c"]))
    (merged,) = pack.pack([policy, policy])
    assert f"{merged.size} characters" in (pack.__doc__ or "")
    assert [len(statement.resources) for statement in merged.statements] == [1, 3]
    parts = pack.pack([policy], 320)
    assert [[(s.actions, len(s.resources)) for s in part.statements] for part in parts] == [
        [(("ecr:ListImages",), 1)],
        [(("ecr:PutImage",), 3)],
    ]
