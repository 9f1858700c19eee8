"""`ecrgen coverage`: the actions of ECR, the personas that give them, and how old the data is."""

from __future__ import annotations

import json

import pytest
from command_line import ecrgen

from ecrgen.policy import reference
from ecrgen.policy.aws_policies import aws_policies_date


@pytest.mark.parametrize("options", [(), ("--format", "markdown")])
def test_the_age_of_the_data_is_told(options: tuple[str, ...]) -> None:
    """Both dates are told, and that the reference has none of its actions."""
    shown = ecrgen("coverage", *options)
    assert (shown.code, shown.err) == (0, "")
    assert f"authorization reference of {reference.data_date()}, which does not say since when" in shown.out
    assert f"those of {aws_policies_date()}" in shown.out


@pytest.mark.parametrize(
    ("since", "edited"),
    [
        ("2026-02-12", ["AWSECRPullThroughCache_ServiceRolePolicy", "AmazonEC2ContainerServiceforEC2Role"]),
        ("2026-02-13", ["AWSECRPullThroughCache_ServiceRolePolicy"]),
        ("2099-01-01", []),
    ],
)
def test_what_aws_edited_since_a_day_is_told(since: str, edited: list[str]) -> None:
    """With --since the policies of that day and later are named, and that nobody knows it of actions."""
    shown = ecrgen("coverage", "--since", since)
    rows = shown.out.splitlines()
    (new,) = [row for row in rows if row.startswith(f"new or edited since {since}: ")]
    assert [name in new for name in edited] == [True] * len(edited)
    assert ("none of them" in new) is (not edited)
    assert any(row.startswith(f"not known: which actions are new since {since}") for row in rows)
    assert json.loads(ecrgen("coverage", "--since", since, "--json").out)["edited"] == edited


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "20260212", ""])
def test_what_is_no_day_is_refused(text: str) -> None:
    """--since takes a day of the calendar, and the error shows one."""
    done = ecrgen("coverage", "--since", text)
    assert (done.code, "is no day; write one as 2026-01-31" in done.err) == (2, True)


def test_an_action_stands_in_a_line_with_its_personas() -> None:
    """A pipe gets an action, a persona or a policy a line; what nobody gives is said to be so."""
    rows = [line.split("\t") for line in ecrgen("coverage").out.splitlines()]
    assert ["action", "ecr:BatchDeleteImage", "Write", "cleanup"] in rows
    assert ["action", "ecr:PutAccountSetting", "Write", "no persona"] in rows
    assert ["action", "ecr:ReplicateImage", "Write", "replication (with the registry's policy)"] in rows
    assert ["action", "ecr:PutRegistryPolicy", "Permissions management", "operator (with --repo)"] in rows
    assert ["policy", "AmazonEC2ContainerRegistryPullOnly", "v1", "2024-10-04"] in rows
    assert [
        "persona",
        "cached-pull",
        "AmazonEC2ContainerRegistryPullOnly (v1 of 2024-10-04)",
        "does not give ecr:CreateRepository; gives the others in more places or under fewer conditions",
    ] in rows


def test_every_policy_is_compared_in_json() -> None:
    """JSON has the difference from each of AWS's policies that gives something of the same."""
    data = json.loads(ecrgen("coverage", "--json").out)
    (pull,) = [each for each in data["personas"] if each["persona"] == "pull"]
    assert pull["arguments"] == {"repo": "my-repo"}
    against = {each["policy"]: each["differences"] for each in pull["against"]}
    assert len(against) > 5
    assert all(each["more"] and each["wider"] and not each["less"] for each in pull["against"][:5])
    assert [each["direction"] for each in against["AmazonEC2ContainerRegistryPullOnly"]] == ["gained", "gained"]
