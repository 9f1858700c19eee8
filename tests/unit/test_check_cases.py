"""Every case of tests/cases/check: a policy and exactly the findings it gives.

A case has a `name`, its policy, and `expect`, the findings as `CODE path` (only the code where the place is the whole
document). The policy is one of
- `text`: the text itself; `policy`: the whole document as data;
- `statement`, `statements`: an identity policy of these, each on top of {Effect: Allow, Action:
  ecr:DescribeRepositories, Resource: "*"};
- `resource_statement`, `resource_statements`: the same for a repository policy, on top of {Effect: Allow, Principal:
  {AWS: arn:aws:iam::111122223333:root}, Action: ecr:DescribeImages}.
An element given as null is left out (unless `keep_null`), and a Not… element replaces what it is the opposite of.
`characters` pads the document to that length by a Sid. `type`, `principal_kind` and `new_regions` are check's own
arguments.
`not` names the rule that the case is the counterpart to: near to it, and right.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from tables import load, statement_of

from ecrgen.policy.check import RULES, Finding, check

IDENTITY = {"Effect": "Allow", "Action": "ecr:DescribeRepositories", "Resource": "*"}
REPOSITORY = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    "Action": "ecr:DescribeImages",
}
KEYS = {
    *("name", "text", "policy", "statement", "statements", "resource_statement", "resource_statements"),
    *("keep_null", "characters", "type", "principal_kind", "new_regions", "not", "expect"),
}


PARAMETERS = load("check", KEYS)
CASES = [parameter.values[1] for parameter in PARAMETERS]


def policy_of(case: dict[str, Any]) -> Any:
    if "text" in case:
        return case["text"]
    if "policy" in case:
        return case["policy"]
    for key, defaults in (("statement", IDENTITY), ("resource_statement", REPOSITORY)):
        given = [case[key]] if key in case else case.get(f"{key}s")
        if given is not None:
            keep_null = case.get("keep_null", False)
            statements = [statement_of(defaults, one, keep_null) for one in given]
            return padded({"Version": "2012-10-17", "Statement": statements}, case.get("characters"))
    raise AssertionError(f"no policy in {case['name']}")


def padded(policy: dict[str, Any], characters: int | None) -> dict[str, Any]:
    if characters is not None:
        policy["Statement"][0]["Sid"] = ""
        policy["Statement"][0]["Sid"] = "a" * (characters - len(json.dumps(policy, separators=(",", ":"))))
    return policy


def checked(case: dict[str, Any], policy: Any = None) -> tuple[Finding, ...]:
    """The findings about a case's policy, or about the same in another form."""
    return check(
        policy_of(case) if policy is None else policy,
        policy_type=case.get("type"),
        principal_kind=case.get("principal_kind"),
        new_regions=case.get("new_regions", ()),
    )


def findings_of(case: dict[str, Any], policy: Any) -> list[str]:
    return sorted(f"{finding.code} {finding.path}".strip() for finding in checked(case, policy))


@pytest.mark.parametrize(("_table", "case"), PARAMETERS)
def test_a_policy_gives_exactly_the_findings_of_its_case(_table: Any, case: dict[str, Any]) -> None:
    """A policy gives the findings its case expects, each at its place, and no other; as data and as text."""
    policy = policy_of(case)
    expected = sorted(case["expect"])
    assert findings_of(case, policy) == expected
    if not isinstance(policy, str):
        assert findings_of(case, json.dumps(policy, separators=(",", ":"))) == expected


def test_there_are_enough_cases() -> None:
    """The tables do not shrink unnoticed."""
    assert len(CASES) >= 250


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_has_a_positive_and_a_negative_case(code: str) -> None:
    """Each rule fires in some case, and has a counterpart in which something near it does not."""
    positive = [case["name"] for case in CASES if any(text.split(" ")[0] == code for text in case["expect"])]
    negative = [case["name"] for case in CASES if case.get("not") == code]
    assert positive, f"no case expects {code}"
    assert negative, f"no case has not: {code}"


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES if "not" in case])
def test_a_counterpart_does_not_give_its_rule(case: dict[str, Any]) -> None:
    """What is named the counterpart of a rule does not expect that rule's finding."""
    assert case["not"] in RULES
    assert not any(text.split(" ")[0] == case["not"] for text in case["expect"])
