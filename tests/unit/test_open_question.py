"""The open question: yes, no or if, held against `evaluate` on every completion of the context."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from limits import within

from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Request, evaluate
from ecrgen.policy.open_question import OpenDecision, ask

REPOSITORY = "arn:aws:ecr:us-east-1:123456789012:repository/a/web"
SESSION = "arn:aws:sts::123456789012:assumed-role/ci/session"
ACTION = "ecr:PutImage"

# For each key the values that it may have besides being absent: all kinds that the conditions below tell apart.
VALUES: dict[str, tuple[Any, ...]] = {
    "aws:MultiFactorAuthPresent": ("true", "false"),
    "aws:SourceIp": ("203.0.113.7", "203.0.113.128", "10.0.0.1", "198.51.100.1", "2001:db8::1"),
    "aws:userid": ("a", "b", "B", "ab", "AB", "Ab", "zb", "zzb", "zzz", "A", "a*", "*b", "?b", "*", "az"),
    "aws:PrincipalTag/team": ("", "a", "b", "ab", "c", "a*", "*b"),
    "ecr:ResourceTag/team": ("", "a", "b", "ab", "c", "xa", "xb", "xc", "x", "a*", "*b", "xa*", "true"),
    "aws:CurrentTime": ("2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "2027-06-01T00:00:00Z", "2028-01-01T00:00:00Z"),
    "aws:MultiFactorAuthAge": ("10", "100", "1000", "99", "101"),
    "aws:CalledVia": ((), ("a.amazonaws.com",), ("b.amazonaws.com",), ("a.amazonaws.com", "b.amazonaws.com"), ("c",)),
}
ALWAYS = {"aws:CurrentTime"}
TEXTS = ["a", "b", "a*", "*b", "?b", "ab", "*", "A"]
TAGS = ["a", "b", "a*", "*b", "${aws:PrincipalTag/team}", "x${aws:PrincipalTag/team}"]


def conditions(key: str, operators: list[str], values: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda operator, chosen: {operator: {key: chosen}},
        st.sampled_from(operators),
        st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True),
    )


TEXT_OPERATORS = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists"]
CONDITIONS = st.one_of(
    conditions("aws:MultiFactorAuthPresent", ["Bool", "BoolIfExists", "Null"], ["true", "false"]),
    conditions("aws:SourceIp", ["IpAddress", "NotIpAddress"], ["203.0.113.0/24", "203.0.113.128/25", "10.0.0.0/8"]),
    conditions("aws:userid", [*TEXT_OPERATORS, "StringEqualsIgnoreCase", "StringLikeIfExists"], TEXTS),
    conditions("ecr:ResourceTag/team", [*TEXT_OPERATORS, "Null"], [*TAGS, "true"]),
    conditions("aws:PrincipalTag/team", TEXT_OPERATORS, ["a", "b", "a*", "*b"]),
    conditions("aws:CurrentTime", ["DateLessThan", "DateGreaterThan", "DateEquals"], ["2027-01-01T00:00:00Z"]),
    conditions("aws:MultiFactorAuthAge", ["NumericLessThan", "NumericGreaterThanEquals"], ["100"]),
    conditions(
        "aws:CalledVia",
        ["ForAnyValue:StringEquals", "ForAllValues:StringEquals"],
        ["a.amazonaws.com", "b.amazonaws.com"],
    ),
)
RESOURCES = ["*", REPOSITORY, "arn:aws:ecr:us-east-1:123456789012:repository/${aws:PrincipalTag/team}/web"]


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    condition: dict[str, Any] = {}
    for each in draw(st.lists(CONDITIONS, max_size=2)):
        for operator, keys in each.items():
            condition.setdefault(operator, {}).update(keys)
    statement = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        "Action": ACTION,
        "Resource": draw(st.sampled_from(RESOURCES)),
    }
    return {**statement, "Condition": condition} if condition else statement


DOCUMENTS = st.lists(statements(), min_size=1, max_size=3).map(
    lambda found: PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": found})
)
EVERYTHING = PolicyDocument.from_dict(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)


def named(*documents: PolicyDocument | None) -> list[str]:
    """The keys of VALUES that documents ask for."""
    text = " ".join(document.to_json() for document in documents if document)
    return [key for key in VALUES if f"{key}" in text]


def decided(completion: dict[str, Any], layers: dict[str, Any]) -> bool:
    context = {key: value for key, value in completion.items() if value is not None}
    return evaluate(Request(ACTION, REPOSITORY, SESSION, context), **layers).allowed


QUESTIONS = {
    "identity": DOCUMENTS,
    "boundary": st.one_of(st.none(), DOCUMENTS),
    "scp": st.one_of(st.none(), DOCUMENTS),
    "known": st.sampled_from([{}, {"aws:MultiFactorAuthPresent": "true"}, {"ecr:ResourceTag/team": "a"}]),
}


def asks_every_completion(
    identity: PolicyDocument, boundary: PolicyDocument | None, scp: PolicyDocument | None, known: dict[str, str]
) -> None:
    layers = {"identity": [identity], "boundary": boundary, "scps": [[EVERYTHING], [scp]] if scp else ()}
    keys = [key for key in named(identity, boundary, scp) if key not in known]
    assume(len(keys) <= 4)
    answer = ask(Request(ACTION, REPOSITORY, SESSION, known), **layers)
    choices = [(*VALUES[key], *(() if key in ALWAYS else (None,))) for key in keys]
    decisions: set[bool] = set()
    for values in product(*choices):
        decisions.add(decided({**known, **dict(zip(keys, values, strict=True))}, layers))
        if len(decisions) == 2:
            break
    if answer.certain:
        assert answer.answer == {(True,): "yes", (False,): "no"}.get(tuple(decisions), "if")
    else:  # only a variable that is compared with another open key has values that are not all tried
        assert answer.answer == "if"
        assert any("${" in str(document) for document in (identity, boundary, scp))


@settings(max_examples=60, deadline=None)
@given(**QUESTIONS)
def test_the_answer_is_that_of_every_completion(**question: Any) -> None:
    """Yes where every completion of the context is allowed, no where none is, if where some are."""
    asks_every_completion(**question)


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(**QUESTIONS)
def test_many_answers_are_those_of_every_completion(**question: Any) -> None:
    """The same, in the long run, of more questions."""
    asks_every_completion(**question)


def policy(*found: tuple[str, dict[str, Any]]) -> PolicyDocument:
    return PolicyDocument.from_dict(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": effect, "Action": ACTION, "Resource": "*", **({"Condition": condition} if condition else {})}
                for effect, condition in found
            ],
        }
    )


def asked(*found: tuple[str, dict[str, Any]], **context: str) -> OpenDecision:
    given = {key.replace("_", ":"): value for key, value in context.items()}
    return ask(Request(ACTION, REPOSITORY, SESSION, given), [policy(*found)])


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}


def test_an_open_key_is_told_with_what_each_value_comes_to() -> None:
    """An if names the key, and says of each kind of value what the answer is then."""
    found = asked(("Allow", MFA))
    assert found.answer == "if"
    assert [key.key for key in found.keys] == ["aws:MultiFactorAuthPresent"]
    assert dict(found.keys[0].answers) == {None: "no", "true": "yes", "false": "no"}
    (statement,) = found.unsettled
    assert statement.effect == "Allow"
    assert [condition.key for condition in statement.conditions] == ["aws:MultiFactorAuthPresent"]


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        ((("Allow", MFA), ("Allow", NO_MFA)), "yes"),
        ((("Allow", {}), ("Deny", NO_MFA)), "if"),
        ((("Allow", MFA), ("Deny", MFA)), "no"),
        ((("Allow", {"Bool": {"aws:SecureTransport": ["true", "false"]}}),), "yes"),
        ((("Allow", {"Null": {"aws:SecureTransport": "true"}}),), "no"),
        ((("Allow", {"StringEquals": {"aws:username": "alice"}}),), "no"),
        ((("Allow", {"StringLike": {"aws:userid": "a*"}}), ("Deny", {"StringLike": {"aws:userid": "*"}})), "no"),
        ((("Allow", {"StringLike": {"aws:userid": "*"}}), ("Deny", {"StringEquals": {"aws:userid": "x"}})), "if"),
    ],
)
def test_correlated_conditions(found: tuple[tuple[str, dict[str, Any]], ...], answer: str) -> None:
    """Conditions on one key are answered together, and a key that every request has is never absent."""
    assert asked(*found).answer == answer


def test_a_text_that_no_pattern_matches_is_not_only_the_empty_one() -> None:
    """A key that cannot be empty has other values that a pattern does not match: a Deny of `a*` is not for all."""
    denied = ("Deny", {"StringLikeIfExists": {"aws:userid": "a*"}})
    assert asked(("Allow", {}), denied).answer == "if"


def test_what_the_request_gives_is_not_open() -> None:
    """A key that the context has is decided as it is given."""
    assert asked(("Allow", MFA), aws_MultiFactorAuthPresent="true").answer == "yes"
    assert asked(("Allow", MFA), aws_MultiFactorAuthPresent="false").answer == "no"


def test_too_many_completions_leave_an_if_that_says_so() -> None:
    """Where not all can be tried, the answer is an if that is not certain, never a yes or a no: here it is a yes."""
    keys = [f"aws:PrincipalTag/t{number}" for number in range(14)]
    steps = [
        ("Allow", {"StringEquals": {key: "a"}, "StringNotEquals": {following: "a"}})
        for key, following in zip(keys, [*keys[1:], keys[0]], strict=True)
    ]
    all_or_none = [("Allow", {operator: dict.fromkeys(keys, "a")}) for operator in ("StringEquals", "StringNotEquals")]
    found = asked(*steps, *all_or_none)
    assert (found.answer, found.certain) == ("if", False)


def test_many_statements_on_open_keys_are_asked_in_bounded_time() -> None:
    """What is looked at is bounded, not only how often: a hundred statements take no longer than a few."""
    keys = [f"aws:PrincipalTag/t{number}" for number in range(100)]
    pairs = zip(keys, [*keys[1:], keys[0]], strict=True)
    steps = [("Allow", {"StringEquals": {key: "a"}, "StringNotEquals": {other: "a"}}) for key, other in pairs]
    with within(1):
        found = asked(*steps, ("Deny", {"StringEquals": dict.fromkeys(keys, "a")}))
    assert found.answer == "if"


def test_a_variable_in_not_resource_may_leave_out_another() -> None:
    """An Allow of everything but the caller's own is an if: no without a tag, no for its own, yes with another."""
    found = ask(
        Request(ACTION, REPOSITORY, SESSION),
        [
            PolicyDocument.from_dict(
                {
                    "Version": "2012-10-17",
                    "Statement": {
                        "Effect": "Allow",
                        "Action": ACTION,
                        "NotResource": "arn:aws:ecr:us-east-1:123456789012:repository/${aws:PrincipalTag/team}/web",
                    },
                }
            )
        ],
    )
    assert (found.answer, found.certain) == ("if", True)
    ((_, answers),) = found.keys
    assert {value: answer for value, answer in answers if value in (None, "", "a")} == {None: "no", "": "no", "a": "no"}
    assert "yes" in dict(answers).values()
