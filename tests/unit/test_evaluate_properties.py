"""What holds for every document and every request."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from wildcard_model import by_trying

from ecrgen.policy.conditions import compile_condition
from ecrgen.policy.document import Condition, PolicyDocument, Statement
from ecrgen.policy.elements import Effect
from ecrgen.policy.evaluate import Decision, Request, evaluate
from ecrgen.policy.operators import CONDITION_OPERATORS, operator_of
from ecrgen.policy.values import instant, w3c

ARN = "arn:aws:ecr:us-east-1:123456789012:repository/"
ACTIONS = ["ecr:PutImage", "ecr:BatchGetImage", "ecr:DescribeImages", "iam:GetUser"]
ACTION_PATTERNS = [*ACTIONS, "*", "ecr:*", "ecr:*Image", "ecr:?utImage", "iam:*"]
RESOURCES = [f"{ARN}a", f"{ARN}a/b", f"{ARN}ab", "arn:aws:ecr:eu-west-1:123456789012:repository/a", "*"]
RESOURCE_PATTERNS = [*RESOURCES, f"{ARN}*", f"{ARN}a*", f"{ARN}a/*", f"{ARN}${{aws:username}}", "arn:aws:ecr:*"]
PRINCIPALS = [
    "arn:aws:iam::123456789012:user/a",
    "arn:aws:sts::123456789012:assumed-role/a/b",
    "arn:aws:iam::999999999999:role/a",
    "arn:aws:iam::123456789012:root",
    "lambda.amazonaws.com",
]
NAMED = [*PRINCIPALS[:4], "arn:aws:iam::123456789012:role/a", "123456789012", "999999999999", "*"]
KEYS = ["k:a", "k:b", "aws:username", "aws:TagKeys"]
VALUES = ["a", "A", "", "true", "5", "5.0", "2026", "2026-01-01T00:00:00Z", "203.0.113.7", "203.0.113.0/24", "QQ=="]
POLICY_VALUES = [*VALUES, "*", "a*", "?", "${aws:username}", "${k:b, 'a'}", "${*}"]
OPERATORS = st.sampled_from(sorted(CONDITION_OPERATORS))

SETTINGS = settings(max_examples=120, deadline=None)


def some(values: list[str], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=3).map(tuple)


KEY_VALUES = st.lists(st.tuples(st.sampled_from(KEYS), some(POLICY_VALUES)), max_size=2, unique_by=lambda pair: pair[0])
CONDITIONS = st.lists(st.tuples(OPERATORS, KEY_VALUES.map(tuple)), max_size=2, unique_by=lambda pair: pair[0]).map(
    tuple
)
CONTEXTS = st.dictionaries(
    st.sampled_from(["k:a", "k:b", "aws:TagKeys"]), st.one_of(st.sampled_from(VALUES), some(VALUES)), max_size=3
)


@st.composite
def statements(draw: st.DrawFn, *, resource_policy: bool = False) -> Statement:
    actions, resources = draw(some(ACTION_PATTERNS, 1)), draw(some(RESOURCE_PATTERNS, 1))
    fields: dict[str, Any] = {"not_action": actions} if draw(st.booleans()) else {"action": actions}
    fields |= {"not_resource": resources} if draw(st.booleans()) else {"resource": resources}
    if resource_policy:
        who = (("AWS", draw(some(NAMED))), ("Service", draw(some(["lambda.amazonaws.com", "*"]))))
        fields |= {"not_principal": who} if draw(st.booleans()) else {"principal": who}
        if draw(st.booleans()):
            fields["resource"] = fields["not_resource"] = None
    return Statement(draw(st.sampled_from(["Allow", "Deny"])), condition=draw(CONDITIONS), **fields)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Request, list[Statement], list[Statement]]:
    """A request and the statements of the policies on both sides."""
    principal = draw(st.sampled_from([*PRINCIPALS, "*"]))
    resource = draw(st.sampled_from(RESOURCES))
    request = Request(draw(st.sampled_from(ACTIONS)), resource, principal, draw(CONTEXTS))
    no_identity = principal in PRINCIPALS[3:]
    ours = [] if no_identity else draw(st.lists(statements(), max_size=4))
    theirs = [] if principal == "*" else draw(st.lists(statements(resource_policy=True), max_size=3))
    return request, ours, theirs


def document(*statements: Statement) -> list[PolicyDocument]:
    return [PolicyDocument(tuple(statements))] if statements else []


def decide(request: Request, identity: list[Statement], resource: list[Statement]) -> Decision:
    return evaluate(request, identity=document(*identity), resource=document(*resource))


def everyone(effect: Any) -> Statement:
    return Statement(effect, principal="*", action="*")


@SETTINGS
@given(questions(), st.data())
def test_more_denies(question: tuple[Request, list[Statement], list[Statement]], data: st.DataObject) -> None:
    """One more Deny never allows anything, wherever it stands."""
    request, identity, resource = question
    before = decide(request, identity, resource)
    if identity:
        deny = replace(data.draw(statements()), effect="Deny")
        assert decide(request, [*identity, deny], resource).allowed <= before.allowed
    if resource:
        deny = replace(data.draw(statements(resource_policy=True)), effect="Deny")
        assert decide(request, identity, [deny, *resource]).allowed <= before.allowed


@SETTINGS
@given(questions(), st.data())
def test_more_allows(question: tuple[Request, list[Statement], list[Statement]], data: st.DataObject) -> None:
    """One more Allow never takes anything away, nor changes an explicit deny."""
    request, identity, resource = question
    before = decide(request, identity, resource)
    if identity:
        allow = replace(data.draw(statements()), effect="Allow")
        after = decide(request, [allow, *identity], resource)
        assert after.allowed >= before.allowed
        assert (after.effect == "ExplicitDeny") == (before.effect == "ExplicitDeny")
    if resource:
        allow = replace(data.draw(statements(resource_policy=True)), effect="Allow")
        after = decide(request, identity, [*resource, allow])
        assert after.allowed >= before.allowed
        assert (after.effect == "ExplicitDeny") == (before.effect == "ExplicitDeny")


@SETTINGS
@given(questions(), st.randoms(use_true_random=False))
def test_order(question: tuple[Request, list[Statement], list[Statement]], random: Any) -> None:
    """Neither the order of statements nor how they are spread over documents changes a decision."""
    request, identity, resource = question
    before = decide(request, identity, resource)
    random.shuffle(identity)
    random.shuffle(resource)
    after = evaluate(
        request,
        identity=[PolicyDocument(statement) for statement in identity],
        resource=[PolicyDocument((statement, statement)) for statement in resource],
    )
    assert after.effect == before.effect


@SETTINGS
@given(questions(), CONDITIONS)
def test_more_conditions(question: tuple[Request, list[Statement], list[Statement]], more: Any) -> None:
    """A condition added to every Allow only narrows; added to every Deny it only opens."""
    request, identity, resource = question
    before = decide(request, identity, resource)

    def narrowed(effect: str, statements: list[Statement]) -> list[Statement]:
        # two blocks of one operator are two conditions, which only a document's text could not say
        return [
            replace(each, condition=(*(each.condition or ()), *more)) if each.effect == effect else each
            for each in statements
        ]

    assert decide(request, narrowed("Allow", identity), narrowed("Allow", resource)).allowed <= before.allowed
    assert decide(request, narrowed("Deny", identity), narrowed("Deny", resource)).allowed >= before.allowed


@SETTINGS
@given(questions())
def test_reason(question: tuple[Request, list[Statement], list[Statement]]) -> None:
    """Every decision has one sentence for people, names what decided, and is the same when asked again."""
    request, identity, resource = question
    decision = decide(request, identity, resource)
    assert decision.reason
    assert "\n" not in decision.reason
    assert all(str(match) in decision.reason for match in decision.matched)
    assert decide(request, identity, resource) == decision
    assert decide(request, identity, resource).reason == decision.reason


@SETTINGS
@given(questions())
def test_matched(question: tuple[Request, list[Statement], list[Statement]]) -> None:
    """Each statement named by a decision decides the same when it stands alone beside an Allow on the other side."""
    request, identity, resource = question
    decision = decide(request, identity, resource)
    for match in decision.matched:
        alone = (identity if match.origin == "identity" else resource)[match.statement]
        assert alone.effect == ("Deny" if decision.effect == "ExplicitDeny" else "Allow")
        if match.origin == "identity":
            other = [everyone("Allow")] if request.principal != "*" else []
            assert match in decide(request, [*[replace(alone, action=())] * match.statement, alone], other).matched


@SETTINGS
@given(
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
    st.lists(
        st.builds(
            Statement,
            st.sampled_from(["Allow", "Deny"]),
            action=some(ACTION_PATTERNS),
            resource=some([pattern for pattern in RESOURCE_PATTERNS if "$" not in pattern]),
        ),
        max_size=4,
    ),
)
def test_against_model(action: str, resource: str, written: list[Statement]) -> None:
    """Without conditions, decisions are those of a model that tries every statement by definition."""

    def applies(statement: Statement) -> bool:
        return any(
            by_trying(pattern.lower(), action.lower(), segments=False, run_on=False) for pattern in statement.actions
        ) and any(by_trying(pattern, resource, segments=True, run_on=True) for pattern in statement.resources)

    effects = {statement.effect for statement in written if applies(statement)}
    expected = "ExplicitDeny" if "Deny" in effects else "Allow" if "Allow" in effects else "ImplicitDeny"
    assert decide(Request(action, resource), written, []).effect == expected


EFFECTS: tuple[Effect, Effect] = ("Allow", "Deny")
TEXT = st.one_of(st.sampled_from(POLICY_VALUES), st.text(max_size=8))


@settings(max_examples=800, deadline=None)
@given(OPERATORS, st.lists(TEXT, max_size=3).map(tuple), st.one_of(TEXT, st.lists(TEXT, max_size=3).map(tuple)))
def test_any_values(name: str, values: tuple[str, ...], actual: str | tuple[str, ...]) -> None:
    """Every operator answers yes or no to every text; its negation in a Deny answers the opposite of it in an Allow."""
    keys = {"k:a": actual, "aws:username": "a"} if actual != () else {"aws:username": "a"}
    holds = compile_condition(Condition(name, "k:a", values), "Allow", variables=True)(keys)
    assert holds in (True, False)
    operator = operator_of(name)
    opposite = {"ForAllValues": "ForAnyValue", "ForAnyValue": "ForAllValues", "": ""}[operator.qualifier]
    negation = {"IpAddress": "NotIpAddress"}.get(operator.comparison.name)
    for ending in ("EqualsIgnoreCase", "Equals", "Like"):
        if negation is None and operator.comparison.name.endswith(ending):
            negation = f"{operator.comparison.name.removesuffix(ending)}Not{ending}"
    other = f"{opposite}:{negation}" if opposite else str(negation)
    if other in CONDITION_OPERATORS and not operator.negated and not operator.if_exists:
        assert compile_condition(Condition(other, "k:a", values), "Deny", variables=True)(keys) != holds


@settings(max_examples=150, deadline=None)
@given(OPERATORS, some(POLICY_VALUES), CONTEXTS, st.sampled_from(EFFECTS))
def test_if_exists(name: str, values: tuple[str, ...], context: Any, effect: Effect) -> None:
    """IfExists is the plain operator where the key is there, and true where it is not."""
    assume(operator_of(name).comparison.name != "Null" and not operator_of(name).if_exists)
    keys = Request("ecr:PutImage", context=context).keys
    plain = compile_condition(Condition(name, "k:a", values), effect, variables=True)
    if_exists = compile_condition(Condition(f"{name}IfExists", "k:a", values), effect, variables=True)
    assert if_exists(keys) == (plain(keys) if "k:a" in keys else True)


MOMENTS = st.datetimes(
    min_value=datetime(2, 1, 1),
    max_value=datetime(9998, 1, 1),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@settings(max_examples=150, deadline=None)
@given(MOMENTS, MOMENTS)
def test_dates(one: datetime, other: datetime) -> None:
    """Dates compare as moments, whatever zone they are written in."""
    ours, theirs = instant(one.isoformat()), instant(other.isoformat())
    assert ours is not None
    assert theirs is not None
    assert (ours < theirs, ours == theirs) == (one < other, one == other)
    whole = one.replace(microsecond=0)
    assert w3c(ours) == whole.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    assert ours[0] == int(whole.timestamp())


@settings(max_examples=150, deadline=None)
@given(st.ip_addresses(v=4), st.ip_addresses(v=4), st.integers(0, 32))
def test_addresses(host: IPv4Address, base: IPv4Address, prefix: int) -> None:
    """An address is in a range when it has the range's first bits."""
    keys = {"aws:sourceip": str(host)}
    in_range = Condition("IpAddress", "aws:SourceIp", (f"{base}/{prefix}",))
    holds = compile_condition(in_range, "Allow", variables=True)(keys)
    assert holds == (host in IPv4Network((base, prefix), strict=False))
