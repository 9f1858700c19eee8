"""Checking documents: 1,000 of them, in process, against parliament on the same documents in the same run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from bench.table import Goal, Row, cpu_seconds, each_of
from ecrgen.policy.check import check

ACTIONS = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "ecr:DescribeImages",
    "ecr:ListImages",
    "ecr:PutImage",
)


def documents(count: int) -> list[str]:
    """Different documents, as a catalog gives them: login, some repositories, now and then a guard or a mistake."""
    texts = []
    for number in range(count):
        repositories = [f"team-{number}/app-{index}" for index in range(1 + number % 5)]
        statements: list[dict[str, object]] = [
            {"Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
            {
                "Sid": "Repositories",
                "Effect": "Allow",
                "Action": list(ACTIONS[: 2 + number % 5]),
                "Resource": [f"arn:aws:ecr:eu-west-1:111122223333:repository/{name}" for name in repositories],
            },
        ]
        if number % 3 == 0:
            statements[1]["Condition"] = {"IpAddress": {"aws:SourceIp": f"203.0.{number % 256}.0/24"}}
        if number % 50 == 0:
            statements[0]["Action"] = f"ecr:GetAuthorisationToken{number}"
        texts.append(json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return texts


def timed(work: Callable[[str], object], texts: list[str]) -> float:
    return cpu_seconds(each_of(work, texts))


def rows() -> Iterator[Row]:
    """One row; both have read their data before the clock starts."""
    import parliament  # an extra

    warm, texts = documents(10), documents(1010)[10:]
    timed(check, warm)
    timed(parliament.analyze_policy_string, warm)
    ours, theirs = timed(check, texts), timed(parliament.analyze_policy_string, texts)
    yield Row(
        "check of 1,000 documents",
        f"{ours * 1000:.0f} ms",
        f"parliament {theirs * 1000:.0f} ms",
        theirs / ours,
        Goal(">=", 4),
    )
