"""One row makes a condition operator: parsed, checked, evaluated, compared and told, with nothing else to add."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from ecrgen.errors import PolicyError
from ecrgen.policy.access import diff
from ecrgen.policy.check import check
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Request, evaluate
from ecrgen.policy.matchers import Matcher, typed
from ecrgen.policy.operators import CONDITION_OPERATORS, Comparison, spellings
from ecrgen.policy.values import NUMBER, STRING
from ecrgen.policy.variables import Keys


def is_multiple(actual: Decimal, divisor: Decimal) -> bool:
    return actual % divisor == 0


def reversed_equals(values: tuple[str, ...], variables: bool, empty: bool) -> Matcher:
    def matches(actual: str, keys: Keys) -> bool:
        return actual[::-1] in values

    return matches


# AWS has neither: a multiple of 12 is a multiple of 4.
DIVIDES = Comparison("NumericDivides", "NumericNotDivides", NUMBER, typed(NUMBER, is_multiple), within=is_multiple)
REVERSED = Comparison("StringReversedEquals", "StringReversedNotEquals", STRING, reversed_equals)


@pytest.fixture(autouse=True)
def rows() -> Iterator[None]:
    """The two rows are in the registry while a test runs."""
    added = dict([*spellings(DIVIDES), *spellings(REVERSED)])
    CONDITION_OPERATORS.update(added)
    yield
    for name in added:
        del CONDITION_OPERATORS[name]


def policy(operator: str, key: str, *values: str) -> PolicyDocument:
    return PolicyDocument.from_dict(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Sid": "S",
                "Effect": "Allow",
                "Action": "ecr:PutImage",
                "Resource": "arn:aws:ecr:us-east-1:123456789012:repository/ab",
                "Condition": {operator: {key: list(values)}},
            },
        }
    )


def codes(document: PolicyDocument) -> set[str]:
    return {finding.code for finding in check(document)}


def decide(document: PolicyDocument, **context: str) -> str:
    resource = "arn:aws:ecr:us-east-1:123456789012:repository/ab"
    request = Request("ecr:PutImage", resource, context={f"aws:{key}": value for key, value in context.items()})
    decision = evaluate(request, identity=[document])
    return decision.reason if decision.effect == "ImplicitDeny" else decision.effect


def test_it_is_parsed() -> None:
    """The row's names, with negation, qualifiers and IfExists, are parsed; what it does not make is refused."""
    for name in ("NumericDivides", "NumericNotDividesIfExists", "ForAnyValue:StringReversedNotEquals"):
        assert PolicyDocument.from_json(policy(name, "k:n", "4").to_json()).statements[0].conditions[0].operator == name
    for name in ("NumericDivide", "NumericDividesNot", "ForSomeValues:NumericDivides"):
        with pytest.raises(PolicyError, match="no such condition operator"):
            policy(name, "k:n", "4")


def test_it_is_checked() -> None:
    """Its values are of its type, its keys too, and a misspelled name is told."""
    assert codes(policy("NumericDivides", "aws:MultiFactorAuthAge", "four")) == {"TYPE_MISMATCH_NUMBER"}
    assert codes(policy("NumericDivides", "aws:MultiFactorAuthAge", "4")) == set()
    assert codes(policy("NumericDivides", "aws:CurrentTime", "4")) == {"TYPE_MISMATCH"}
    assert codes(policy("NumericDivides", "aws:MultiFactorAuthAge", "${aws:username}")) == {
        "INVALID_VARIABLE_FOR_OPERATOR"
    }
    assert codes(policy("StringReversedEquals", "aws:username", "${aws:username}")) == set()
    assert codes(policy("StringReversedEquals", "aws:TagKeys", "a")) >= {"MISSING_QUALIFIER"}
    misspelled = policy("NumericDivides", "aws:MultiFactorAuthAge", "4").to_json().replace("Divides", "Devides")
    assert [f.message for f in check(misspelled)] == ["no such condition operator; meant NumericDivides?"]


def test_it_is_evaluated() -> None:
    """It decides, its negation decides the opposite, and qualifier and IfExists do what they do everywhere."""
    assert decide(policy("NumericDivides", "aws:MultiFactorAuthAge", "5", "4"), MultiFactorAuthAge="12") == "Allow"
    assert decide(policy("NumericNotDivides", "aws:MultiFactorAuthAge", "5"), MultiFactorAuthAge="12") == "Allow"
    assert decide(policy("NumericNotDivides", "aws:MultiFactorAuthAge", "4"), MultiFactorAuthAge="12") != "Allow"
    assert decide(policy("NumericDividesIfExists", "aws:MultiFactorAuthAge", "4")) == "Allow"
    assert decide(policy("StringReversedEquals", "aws:userid", "cba"), userid="abc") == "Allow"
    assert decide(policy("StringReversedEquals", "aws:userid", "abc"), userid="abc") != "Allow"


def test_a_denial_says_what_it_missed() -> None:
    """The reason of a decision names the operator, what the request has, and a value that matches nothing."""
    missed = decide(policy("NumericDivides", "aws:MultiFactorAuthAge", "5"), MultiFactorAuthAge="12")
    assert 'needs NumericDivides aws:MultiFactorAuthAge "5", and the request has "12" (because' in missed
    unreadable = decide(policy("NumericDivides", "aws:MultiFactorAuthAge", "five"), MultiFactorAuthAge="12")
    assert (
        'needs NumericDivides aws:MultiFactorAuthAge "five", and the request has "12"'
        ' ("five": not a number, such as 3600 or 0.5) (because'
    ) in unreadable


def test_it_is_compared_and_worded() -> None:
    """A difference is found where one value does not lie within the other, and told; where it does, nothing changes."""
    four, twelve = (policy("NumericDivides", "aws:MultiFactorAuthAge", value) for value in ("4", "12"))
    (widened,) = diff(twelve, four)
    assert (widened.direction, "NumericDivides aws:MultiFactorAuthAge = 4" in widened.words) == ("gained", True)
    assert {difference.direction for difference in diff(four, twelve)} == {"lost"}
    assert diff(four, policy("NumericDivides", "aws:MultiFactorAuthAge", "4", "12")) == ()
    both = policy("NumericDivides", "aws:MultiFactorAuthAge", "4", "5")
    assert [difference.direction for difference in diff(four, both)] == ["gained"]
    assert diff(policy("StringReversedEquals", "aws:userid", "ab"), policy("StringEquals", "aws:userid", "ab")) != ()
