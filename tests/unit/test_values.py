"""One reading for each type of value: what evaluation cannot match, check reports, and a catalog's types refuse."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ecrgen.catalog.arguments import Parameter, coerce
from ecrgen.policy.check import check
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Decision, Request, evaluate
from ecrgen.policy.operators import COMPARISONS, Comparison
from ecrgen.policy.values import VALUE_TYPES, Unreadable, boolean, instant, network, number

ARN = "arn:aws:ecr:us-east-1:123456789012:repository/ab"
# Texts of each type, some of them just beside it.
SEEDS = {
    "NumericEquals": ["3600", "0.5", "-1.", ".5", "+7", "1e3", "1E-9999", "1e99999", "1_000", "0x10", "NaN"],
    "DateEquals": [
        *("2027", "2027-02", "2027-02-28", "2027-02-30", "2028-02-29", "2027-02-30T00:00:00Z", "0000", "1893456000"),
        *("2027-01-31T00:00Z", "2027-01-31T23:59:60Z", "2027-01-31T24:00:00Z", "2027-01-31T00:00:00"),
        *("2027-01-31T00:00:00+0530", "2027-01-31T00:00:00.5+05:30", "2027-01-31T00:00:00-24:00", "-1", "-1.5"),
        *("1700000000.5", "1234567890123456", "20270131T000000Z"),
    ],
    "IpAddress": [
        *("203.0.113.0/24", "203.0.113.7", "203.0.113.07", "203.0.113.0/33", "203.0.113.0/255.255.255.0", "0.0.0.0/0"),
        *("2001:db8::/32", "2001:db8::1/129", "fe80::1%eth0/64", "fe80::1%eth0", "::ffff:203.0.113.7", "::/"),
    ],
    "Bool": ["true", "False", "TRUE", "yes", "0", ""],
    "Null": ["true", "False", "TRUE", "yes", "0", ""],
    "BinaryEquals": ["QUJD", "QQ==", "QR==", "QQ=", "Q", "", "====", "QQ==QQ==", "Q-_="],
}
MARKS = st.sampled_from([*"0123456789+-:./%TZzeE=aft \n*?", "٣", "30", "00", "/24", "${aws:username}"])
READERS = {"timestamp": instant, "cidr": network, "boolean": boolean, "integer": number}


@st.composite
def near_misses(draw: st.DrawFn, operator: str) -> str:
    """A seed with up to two places replaced, removed or put between."""
    text = draw(st.sampled_from(SEEDS[operator]))
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 2)))
        text = text[:start] + draw(st.one_of(st.just(""), MARKS)) + text[end:]
    return text


VALUES = st.sampled_from(sorted(SEEDS)).flatmap(lambda name: st.tuples(st.just(name), near_misses(name)))


def policy(operator: str, value: str) -> PolicyDocument:
    statement = {"Effect": "Allow", "Action": "ecr:PutImage", "Resource": ARN, "Condition": {operator: {"k:v": value}}}
    return PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statement})


def decisions(operator: str, value: str) -> list[Decision]:
    """The decisions of the requests that the value should match: the value itself, the first address of a range."""
    contexts = [{"k:v": value.partition("/")[0] if operator == "IpAddress" else value}]
    if operator == "Null":
        contexts = [{}, {"k:v": "x"}]
    document = policy(operator, value)
    return [evaluate(Request("ecr:PutImage", ARN, context=context), identity=[document]) for context in contexts]


def reported(operator: str, value: str) -> list[str]:
    """The messages of check that say that a value cannot be matched."""
    return [
        finding.message
        for finding in check(policy(operator, value))
        if finding.code.startswith("TYPE_MISMATCH_") or finding.code == "INVALID_VARIABLE_FOR_OPERATOR"
    ]


@settings(max_examples=600, deadline=None)
@given(VALUES)
@example(("DateEquals", "2027-02-30T00:00:00Z"))
@example(("DateEquals", "2027"))
@example(("DateEquals", "2027-01-31T00:00:00+0530"))
@example(("NumericEquals", "1e99999"))
@example(("IpAddress", "fe80::1%eth0/64"))
def test_check_reports_exactly_what_evaluation_cannot_match(case: tuple[str, str]) -> None:
    """A value is reported if and only if no request matches it, and the denial says why in the same words."""
    operator, value = case
    matched = [decision.effect == "Allow" for decision in decisions(operator, value)]
    messages = reported(operator, value)
    assert any(matched) == (not messages)
    if messages and "${" not in value:
        (message,) = messages
        reason = decisions(operator, value)[0].reason
        assert message.rpartition(": ")[2] in reason, (message, reason)


@pytest.mark.parametrize(
    ("operator", "value", "why"),
    [
        ("DateEquals", "2027-02-30T00:00:00Z", "no such date, 2027-02 has no day 30"),
        ("DateEquals", "2027-13", "no such date, months are 01 to 12"),
        ("DateEquals", "0000", "no such date, years are 0001 to 9999"),
        ("DateEquals", "2027-01-31T24:00Z", "no such time, hours are 00 to 23, minutes and seconds 00 to 59"),
        ("DateEquals", "2027-01-31T00:00:00", "a time needs a zone, Z or an offset such as +05:30"),
        ("DateEquals", "2027-01-31T00:00:00+0530", "an offset is written with a colon, +05:30"),
        ("DateEquals", "2027-01-31T00:00:00+24:00", "no such offset, hours are 00 to 23, minutes 00 to 59"),
        ("DateEquals", "1234567890123456", "seconds since 1970 have at most 15 digits"),
        ("DateEquals", "-1.5", "seconds before 1970 have no fraction"),
        ("DateEquals", "tomorrow", "not a date, such as 2026-06-30T23:59:59Z"),
        ("NumericEquals", "1e99999", "an exponent has at most 4 digits"),
        ("NumericEquals", "ten", "not a number, such as 3600 or 0.5"),
        ("IpAddress", "fe80::1%eth0/64", "an address range has no zone, such as %eth0"),
        ("IpAddress", "203.0.113.0/33", "the prefix of an IPv4 range is at most /32"),
        ("IpAddress", "203.0.113.0/255.255.255.0", "not an address range, such as 203.0.113.0/24"),
        ("Bool", "yes", "must be true or false"),
        ("Null", "yes", "must be true or false"),
        ("BinaryEquals", "Q", "not base64, such as QmluYXJ5"),
    ],
)
def test_a_value_that_is_not_read_is_told_why(operator: str, value: str, why: str) -> None:
    """Check and the reason of a denial say the same of a value."""
    assert reported(operator, value) == [f'"{value}": {why}']
    assert f'("{value}": {why})' in decisions(operator, value)[0].reason


@pytest.mark.parametrize("value", ["2027", "1893456000", "1700000000.5", "-1"])
def test_a_bare_number_is_a_date_but_no_clear_one(value: str) -> None:
    """A year and seconds since 1970 are matched; check only warns of them, other than for aws:EpochTime."""
    assert decisions("DateEquals", value)[0].effect == "Allow"
    (warning,) = [finding for finding in check(policy("DateEquals", value)) if finding.code == "INVALID_DATE_VALUE"]
    assert warning.message.endswith("is read as a year" if value == "2027" else "is read as seconds since 1970")


@pytest.mark.parametrize("comparison", COMPARISONS, ids=lambda comparison: comparison.name)
def test_every_operator_reads_as_its_type_is_read(comparison: Comparison) -> None:
    """An operator whose type is tested above is tested by it: the operators of one type share its reader."""
    assert comparison.type in VALUE_TYPES
    tested = {row.type for row in COMPARISONS if row.name in SEEDS}
    assert comparison.type in tested or comparison.type.takes_variables


@settings(max_examples=800, deadline=None)
@given(
    st.one_of(
        st.tuples(st.just("timestamp"), near_misses("DateEquals")),
        st.tuples(st.just("cidr"), near_misses("IpAddress")),
        st.tuples(st.just("boolean"), near_misses("Bool")),
        st.tuples(st.just("integer"), near_misses("NumericEquals")),
    )
)
def test_a_catalogs_types_narrow_the_readers(case: tuple[str, str]) -> None:
    """What a reader does not read, a catalog's type refuses in its words; what the type takes means the same."""
    kind, text = case
    read = READERS[kind](text)
    if isinstance(read, Unreadable):
        # an integer is asked for as a whole number, which says more than that it is a number
        why = "a whole number" if kind == "integer" else read.why
        with pytest.raises(ValueError, match=re.escape(why)):
            coerce(Parameter("p", kind), text)
        return
    try:
        value = coerce(Parameter("p", kind), text)
    except ValueError:
        return  # a type may wish for more than its reader
    assert READERS[kind](str(value).lower() if kind == "boolean" else str(value)) == read
