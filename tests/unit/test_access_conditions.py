"""What conditions are said to imply, held against what they hold for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations_with_replacement, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrgen.policy.access.restrictions import Alternatives, beyond, covered, least
from ecrgen.policy.conditions import compile_condition
from ecrgen.policy.document import Condition
from ecrgen.policy.elements import Effect
from ecrgen.policy.implication import Restriction, implies
from ecrgen.policy.permission import same_condition

KEY = "aws:x"
Values = tuple[str, ...]
# For each family: its operators, the values to write in a policy, and those of a request.
FAMILIES: Mapping[str, tuple[Values, tuple[Values, ...], Values]] = {
    "String": (
        ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"),
        (("a",), ("a", "b"), ("A",), ("a*",), ("*b", "a?"), ("${aws:u}",), ("${aws:u}*",), ("${*}",), ()),
        ("a", "b", "A", "ab", "aab", "a*", "*", "u", "U", "ux", "", "${aws:u}"),
    ),
    "Numeric": (
        ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"),
        (("5",), ("5.0",), ("7",), ("7", "3"), ("x",), ("5", "x")),
        ("3", "4", "5", "5.5", "7", "8", "x"),
    ),
    "Date": (
        ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"),
        (("2026-01-01T00:00:00Z",), ("2026-01-01",), ("2027-01-01T01:00:00+01:00", "2025"), ("1767225600",), ("x",)),
        ("2024-01-01", "2025-01-01", "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z", "2028"),
    ),
    "Arn": (
        ("Equals", "NotEquals", "Like", "NotLike"),
        (
            ("arn:aws:iam::1:role/a",), ("arn:aws:iam::*:role/*",), ("arn:aws:iam::1:*",), ("arn:*:*:*:*:*",), ("*",),
            ("arn:aws:iam::?:role/?", "arn:aws:iam::1:user/${aws:u}"), ("arn:aws:iam::*",),
        ),
        (
            "arn:aws:iam::1:role/a", "arn:aws:iam::12:role/a:b", "arn:aws:iam::1:user/u", "arn:aws:iam::1:2",
            "arn:aws:iam::1", "x",
        ),
    ),
    "": (
        ("Bool",),
        (("true",), ("false",), ("True", "x"), ("x",)),
        ("true", "FALSE", "x"),
    ),
    "Ip": (
        ("IpAddress", "NotIpAddress"),
        (
            ("10.0.0.0/8",), ("10.1.0.0/16",), ("10.0.0.0/16", "10.1.2.3"), ("10.1.2.3/16",), ("0.0.0.0/0",),
            ("2001:db8::/32",), ("::/0",), ("x",),
        ),
        ("10.0.0.1", "10.1.2.3", "10.1.9.9", "10.200.0.1", "192.0.2.1", "2001:db8::1", "::1", "x"),
    ),
}  # fmt: skip
QUALIFIED = tuple(product(("", "ForAnyValue:", "ForAllValues:"), ("", "IfExists")))


def conditions(family: str) -> list[Condition]:
    operators, values, _ = FAMILIES[family]
    prefix = "" if family == "Ip" else family
    written = [
        Condition(f"{qualifier}{prefix}{operator}{suffix}", KEY, each)
        for operator in operators
        for qualifier, suffix in QUALIFIED
        for each in values
    ]
    if family == "":
        written += [Condition("Null", KEY, each) for each in (("true",), ("false",), ("TRUE", "false"), ("x",))]
    return list(dict.fromkeys(same_condition(each, True) for each in written))


def contexts(family: str) -> list[dict[str, str | tuple[str, ...]]]:
    """A request without the key, with each of its values, with two of them, and with none of many."""
    requested = FAMILIES[family][2]
    values: list[str | tuple[str, ...]] = [*requested, *combinations_with_replacement(requested, 2), ()]
    return (
        [{KEY: value, "aws:u": "u"} for value in values] + [{"aws:u": "u"}, {}] + [{KEY: value} for value in requested]
    )


EFFECTS: tuple[Effect, Effect] = ("Allow", "Deny")


def holds_for(condition: Condition, asked: Iterable[Mapping[str, str | tuple[str, ...]]], effect: Effect) -> int:
    """The contexts that a condition holds for, in a statement of that effect, as bits."""
    test = compile_condition(condition, effect, variables=True)
    return sum(1 << place for place, context in enumerate(asked) if test(context))


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_implied_holds(family: str, effect: Effect) -> None:
    """Where one condition is said to imply another, no request meets the one and not the other."""
    asked = contexts(family)
    bits = {condition: holds_for(condition, asked, effect) for condition in conditions(family)}
    found = 0
    for one, other in product(bits, repeat=2):
        if implies(one, other):
            found += one != other
            assert not bits[one] & ~bits[other], f"{one} was said to imply {other}"
    assert found > len(bits)


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("family", FAMILIES)
def test_one_way_to_write_a_condition_holds_for_the_same(family: str, effect: Effect) -> None:
    """A condition as it is compared holds for what the written one holds for."""
    operators, values, _ = FAMILIES[family]
    asked = contexts(family)
    for operator in operators if family != "Ip" else ():
        for each in values:
            written = Condition(f"{family}{operator}", KEY.upper(), each)
            read = same_condition(written, True)
            assert holds_for(written._replace(key=KEY), asked, effect) == holds_for(read, asked, effect), written


RESTRICTIONS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "StringEquals", "StringLike", "StringNotEquals", "StringEqualsIfExists",
                "ForAnyValue:StringEquals", "ForAllValues:StringEquals",
            ]
        ),
        st.sampled_from(["aws:calledvia", "aws:y"]),
        st.lists(st.sampled_from(["a", "b", "c", "a*"]), min_size=1, max_size=3),
    ).map(lambda parts: same_condition(Condition(parts[0], parts[1], tuple(parts[2])), True)),
    max_size=3,
).map(lambda found: tuple(sorted(set(found))))  # fmt: skip
ASKED = [
    {key: value for key, value in (("aws:calledvia", x), ("aws:y", y)) if value is not None}
    for x, y in product((None, "a", "b", "c", "ab", "q", ("a", "b"), ("c",), ()), repeat=2)
]


def meets(restriction: Restriction, effect: Effect) -> set[int]:
    tests = [compile_condition(condition, effect, variables=True) for condition in restriction]
    return {place for place, context in enumerate(ASKED) if all(test(context) for test in tests)}


def meets_any(restrictions: Iterable[Restriction], effect: Effect) -> set[int]:
    return {place for restriction in restrictions for place in meets(restriction, effect)}


@settings(max_examples=150, deadline=None)
@given(RESTRICTIONS, st.lists(RESTRICTIONS, max_size=3), st.sampled_from(EFFECTS))
def test_what_is_covered_is(restriction: Restriction, others: list[Restriction], effect: Effect) -> None:
    """What alternatives are said to cover, they do; and they lose nothing by being put as short as can be."""
    if covered(restriction, Alternatives(others)):
        assert meets(restriction, effect) <= meets_any(others, effect)
    assert meets_any(least(others), effect) == meets_any(others, effect)


@settings(max_examples=150, deadline=None)
@given(st.lists(RESTRICTIONS, max_size=2), st.lists(RESTRICTIONS, max_size=2), st.sampled_from(EFFECTS))
def test_what_is_left_over_is_told(ours: list[Restriction], theirs: list[Restriction], effect: Effect) -> None:
    """Every request that meets ours and not theirs meets the conditions of what is told, and never the others of it."""
    told = [(left, rest.all) for left, rest in beyond(ours, Alternatives(theirs))]
    more = meets_any(ours, effect) - meets_any(theirs, effect)
    assert more <= meets_any((conditions for conditions, _ in told), effect)
    for conditions_told, others in told:
        assert meets(conditions_told, effect) <= meets_any(ours, effect)
        assert set(others) <= set(theirs)


@settings(max_examples=150, deadline=None)
@given(RESTRICTIONS, st.sampled_from(["a", "b", "c"]))
def test_values_are_alternatives(restriction: Restriction, value: str) -> None:
    """A condition on one of several values is covered by alternatives that have the values one by one."""
    both = tuple(sorted({*restriction, Condition("StringEquals", "aws:principaltag/z", tuple(sorted({"a", value})))}))
    single = [
        tuple(sorted({*restriction, Condition("StringEquals", "aws:principaltag/z", (each,))})) for each in ("a", value)
    ]
    assert covered(both, Alternatives(single))
    assert covered(both, Alternatives(single[:1])) is (value == "a")


def test_an_or_without_end_is_not_taken_apart() -> None:
    """More combinations of values than can be looked at are left as they are: not covered, though they are."""
    keys = [f"aws:principaltag/k{number}" for number in range(30)]
    values = ("a", "b", "c")
    whole = tuple(Condition("StringEquals", key, values) for key in keys)
    halves = [(Condition("StringEquals", keys[0], (value,)), *whole[1:]) for value in values]
    assert not covered(whole, Alternatives(halves))
    assert covered(halves[0], Alternatives([whole]))
