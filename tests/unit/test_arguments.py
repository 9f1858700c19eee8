"""Parameter types: what each accepts and what it makes of it, and what each refuses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrgen.catalog.argument_types import TYPES, Tag, Value, read_timestamp
from ecrgen.catalog.arguments import Parameter, coerce
from ecrgen.messages import quoted

ACCEPTED: dict[str, dict[object, Value]] = {
    "repository": {
        text: text
        for text in (
            *("my-repo", "ab", "a1", "00", "team/web", "a/b", "team-a/web.base_1/x__y", "a-b--c", "a---b", "true"),
            *("x" * 256, "a/" * 127 + "ab"),
        )
    },
    "repository-pattern": {
        text: text
        for text in (
            *("team-a/*", "team-a*", "a*", "a/*", "team-*", "team.*", "team_*", "team__*", "a/b/c-*", "x" * 255 + "*"),
        )
    },
    "account": {"123456789012": "123456789012", "000000000000": "000000000000", 123456789012: "123456789012"},
    "region": {text: text for text in ("us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "us-isob-east-1")},
    "tag": {
        "team=payments": Tag("team", "payments"),
        "team=": Tag("team", ""),
        "a b_.:/+-@=x=y": Tag("a b_.:/+-@", "x=y"),
        "team=${aws:PrincipalTag/team}": Tag("team", "${aws:PrincipalTag/team}"),
        "k" * 128 + "=" + "v" * 256: Tag("k" * 128, "v" * 256),
        Tag("team", "payments"): Tag("team", "payments"),
    },
    "service-principal": {
        text: text
        for text in (
            *("cloudformation.amazonaws.com", "replication.ecr.amazonaws.com", "a-b1.amazonaws.com.cn"),
            "lambda.amazonaws.com",
        )
    },
    "cidr": {
        "203.0.113.0/24": "203.0.113.0/24",
        "203.0.113.7": "203.0.113.7",
        "203.0.113.7/32": "203.0.113.7/32",
        "8.0.0.0/7": "8.0.0.0/7",
        "2001:db8::/32": "2001:db8::/32",
        "2001:DB8:0:0::/32": "2001:db8::/32",
        "2600:1F00::1": "2600:1f00::1",
    },
    "vpc-endpoint": {text: text for text in ("vpce-01234567", "vpce-0123456789abcdef0")},
    "organization": {text: text for text in ("o-a1b2c3d4e5", "o-" + "a" * 32)},
    "timestamp": {
        "2027-01-31T00:00:00Z": "2027-01-31T00:00:00Z",
        "2027-01-31T00:00:00+02:00": "2027-01-30T22:00:00Z",
        "2027-01-31T00:00:00-05:30": "2027-01-31T05:30:00Z",
        "2028-02-29T23:59:59Z": "2028-02-29T23:59:59Z",
        "9999-12-31T23:59:59Z": "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59+01:00": "9999-12-31T22:59:59Z",
        "0001-01-01T00:00:00Z": "0001-01-01T00:00:00Z",
        "0999-06-01T00:00:00-01:00": "0999-06-01T01:00:00Z",
    },
    "duration": {"3600": 3600, "1": 1, "90s": 90, "15m": 900, "12h": 43200, "7d": 604800, "400d": 34560000, 60: 60},
    "integer": {"7": 7, "0": 0, "-3": -3, 7: 7, "123456789012345678": 123456789012345678},
    "boolean": {"true": True, "false": False, True: True, False: False},
    "string": {text: text for text in ("payments", "a b", "{}", 'say "x"', "it's", "ü", "{{ x }}", "a,b", "%")},
    "arn": {
        text: text
        for text in (
            *("arn:aws:ecr:us-east-1:123456789012:repository/my-repo", "arn:aws:iam::123456789012:role/ci"),
            *(
                "arn:aws-cn:s3:::bucket/key",
                "arn:aws:logs:us-east-1:123456789012:log-group:x",
                "arn:aws:iam::aws:policy/x",
            ),
        )
    },
    "arn-pattern": {
        text: text
        for text in (
            "arn:aws:lambda:us-east-1:123456789012:function:*",
            "arn:aws:codebuild:us-east-1:123456789012:project/web-?",
            "arn:aws:iam::123456789012:role/ci",
        )
    },
}
# For every type that is text of a grammar: look-alikes, quotes, wildcards, variables, and what surrounds a text.
NASTY = (
    *("", " ", "\n", "*", "?", "a*b", 'my-"repo', "my-'repo", "{x}", "{{ x }}", "${aws:username}", "../x", "a\nb"),
    *("\x00", "my-repo\x00", "\u043cy-repo", "m\u0131-repo", "\uff11\uff12\uff13", "\u0661\u0662", "my\u200brepo"),
    *("\ud800", "my-repo\n", "my-repo ", " my-repo", "a" * 100_000, "a\\b", "%2a", "`x`", "$(x)", "; rm", "a,b"),
)
REFUSED: dict[str, tuple[object, ...]] = {
    "repository": (
        *("x" * 257, "a/" * 128 + "ab", "a", "MY-REPO", "My-repo", "team/*", "team*", "team?", "-repo", "repo-", ".a"),
        *("a.", "a..b", "a___b", "a_-b", "a//b", "/ab", "ab/", "a/./b", "a/../b", "../ab", "ab:tag", "ab@sha256:0"),
        *("arn:aws:ecr:us-east-1:123456789012:repository/my-repo", "\u00e4b", "ａｂ"),
    ),
    "repository-pattern": (
        *("*", "/*", "**", "team-a", "team-a/", "team-a/**", "team-a/*/web", "*/web", "te?m/*", "team-a/?*", "team//*"),
        *("-*", "TEAM/*", "team-a/*\n", "team._*", "x" * 256 + "*", "team-a/* "),
    ),
    "account": (
        *(
            "12345678901",
            "1234567890123",
            "12345678901a",
            "1234-5678-9012",
            "\u0661\u0662\u0663456789012",
            "123456789012\n",
        ),
        *(
            "\uff11\uff12\uff13456789012",
            12345678901,
            -12345678901,
            1234567890123,
            True,
            "+12345678901",
            "1.2345678901",
        ),
    ),
    "region": (
        "eu-wset-1",
        "us-east-9",
        "us-east",
        "US-EAST-1",
        "us-east-1a",
        "us-east-1\n",
        "eu",
        "global",
        "us-east-\u0661",
        "us_east_1",
    ),
    "tag": (
        *("team", "=x", "aws:x=y", "team=*", "team=a?", "team=${aws:username}", "team=${aws:PrincipalTag/a*}"),
        *("team=x${aws:PrincipalTag/team}", "team=${aws:PrincipalTag/team}x", "team=${aws:PrincipalTag/}", "te*m=x"),
        *("k" * 129 + "=v", "k=" + "v" * 257, 'a"b=c', "a=b\n", "t\u0435am=x", "team=${aws:PrincipalTag/team, 'x'}"),
    ),
    "service-principal": (
        *("cloudformation", "amazonaws.com", ".amazonaws.com", "*.amazonaws.com", "a.amazonaws.com.evil.com"),
        *("a.amazonaws.com\n", "A.amazonaws.com", "a..amazonaws.com", "-a.amazonaws.com", "a_b.amazonaws.com"),
    ),
    "cidr": (
        *("10.0.0.0/8", "10.1.2.3", "172.16.0.0/12", "172.31.255.255", "192.168.1.0/24", "127.0.0.1", "169.254.1.1"),
        *("100.64.0.0/10", "0.0.0.0", "0.0.0.0/8", "224.0.0.1", "255.255.255.255", "240.0.0.0/4"),
        *("0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "8.0.0.0/5", "203.0.113.1/24", "203.0.113.0/33"),
        *("203.0.113.0/255.255.255.0", "203.0.113.0/0.0.0.255", "203.0.113.0/-1", "203.0.113.0/", "203.0.113.0/24/24"),
        *("203.0.113", "203.0.113.256", "203.0.113.07", "0xcb007100", "3405803776", "203.0.113.0 /24"),
        *("203.0.113.0/24\n", "203.0.113.0/\u0662\u0664", "\u0662\u0660\u0663.0.113.0"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "2001:db8::1%eth0", "fc00::/7", "fd12::1", "ff02::1"),
        *("::ffff:203.0.113.7", "::ffff:10.0.0.1/128", "2001:db8::1/32", "2000::/2", "64:ff9b::1", "[2001:db8::1]"),
        *("vpce-0123456789abcdef0", "localhost", 3405803776),
    ),
    "vpc-endpoint": (
        *("vpc-0123456789abcdef0", "vpce-0123456", "vpce-0123456789abcdef", "vpce-0123456789ABCDEF0", "vpce-"),
        *("vpce-0123456g", "vpce-01234567\n", "vpce-\u0660\u0661234567"),
    ),
    "organization": ("o-a1b2c3d4", "o-A1B2C3D4E5", "r-a1b2c3d4e5", "o-" + "a" * 33, "o-a1b2c3d4e5\n", "a1b2c3d4e5"),
    "timestamp": (
        *("2027-01-31", "2027-01-31T00:00:00", "2027-01-31 00:00:00Z", "2027-01-31T00:00Z", "2027-01-31T00:00:00z"),
        *("20270131T000000Z", "2027-1-31T00:00:00Z", "2027-02-29T00:00:00Z", "2027-13-01T00:00:00Z"),
        *("2027-01-31T23:59:60Z", "2027-01-31T25:00:00Z", "2027-01-31T00:00:00+25:00", "2027-01-31T00:00:00.5Z"),
        *("0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00", "10000-01-01T00:00:00Z"),
        *("2027-01-31T00:00:00Z\n", "\u0662027-01-31T00:00:00Z", "1798675200", "tomorrow", 1798675200),
    ),
    "duration": (
        *("0", "0s", "-1", "1.5h", "1w", "1h30m", "401d", "34560001", "999999999999", "1H", " 1", "1 h", "1h\n"),
        *("\u0661h", "s", True, 0, 1.5),
    ),
    "integer": ("1.0", "1e3", "0x1", "01", "+1", "--1", "1_000", "\u0661", "1\n", "9" * 19, True, 1.0),
    "boolean": ("True", "yes", "no", "on", "1", "0", "TRUE", "true\n", 1, 0),
    "string": (
        *("", "a\nb", "a\n", "\x00", "\x1b[2J", "a*", "a?", "${aws:username}", "\u0430", "\u2028", "\xa0", "\xad"),
        *("\U0001f600", "\ud800", "a\tb", 7, True),
    ),
    "arn": (
        *("*", "my-repo", "arn:aws:ecr:us-east-1:123456789012", "arn:aws:ecr:us-east-1:123456789012:"),
        *("arn:aws:ecr:*:123456789012:repository/x", "arn:aws:ecr:us-east-1:123456789012:repository/*"),
        *("arn:aws:ecr:us-east-1:123456789012:repository/?", "arn:aws:iam::123456789012:user/${aws:username}"),
        *("arn:aws-xx:iam::123456789012:role/ci", "arn:aws:iam::12345678901:role/ci", "arn:aws:iam::AWS:policy/x"),
        *("arn:aws:ecr:cn-north-1:123456789012:repository/x", "arn:aws-cn:ecr:us-east-1:123456789012:repository/x"),
        *(
            "arn:aws::us-east-1:123456789012:x",
            "arn:aws:EC R:us-east-1:123456789012:x",
            "arn::iam::123456789012:role/x",
        ),
        *("arn:aws:iam::123456789012:role/ci\n", "arn:aws:iam::\u0661\u0662\u0663456789012:role/ci"),
    ),
    "arn-pattern": (
        *("*", "arn:aws:lambda:us-east-1:123456789012:*", "arn:aws:lambda:us-east-1:123456789012:"),
        *("arn:aws:lambda:*:123456789012:function:*", "arn:aws:lambda:us-east-1:*:function:*", "arn:aws:s3:::bucket/*"),
        *("arn:aws:*:us-east-1:123456789012:function:*", "arn:*:lambda:us-east-1:123456789012:function:*"),
        *("arn:aws:lambda:us-east-1:12345678901?:function:*", "arn:aws:lambda:us-east-1:1234:function:*"),
        *("arn:aws:lambda:cn-north-1:123456789012:function:*", "arn:aws:iam::aws:policy/*"),
        "arn:aws:lambda:us-east-1:123456789012:function:${aws:username}",
    ),
}


def one(kind: str, given: object, **options: Any) -> object:
    return coerce(Parameter(name="it", type=kind, **options), given)


def test_every_type_has_its_tables() -> None:
    """No type is without a table of what it accepts and one of what it refuses."""
    assert set(ACCEPTED) == set(REFUSED) == set(TYPES)


@pytest.mark.parametrize("kind", TYPES)
def test_what_a_type_accepts(kind: str) -> None:
    """Each accepted text makes exactly the value in the table."""
    for given_value, expected in ACCEPTED[kind].items():
        assert repr(one(kind, given_value)) == repr(expected)
    assert one(kind, TYPES[kind].example) is not None


@pytest.mark.parametrize("kind", TYPES)
def test_what_a_type_refuses(kind: str) -> None:
    """Each refused value is one line in ASCII that shows what was given, not too long."""
    nasty = [] if kind == "string" else [text for text in NASTY if text not in ACCEPTED[kind]]
    for given_value in (*REFUSED[kind], *nasty, None, 1.5, b"my-repo", {"a": 1}, {"a"}, object()):
        with pytest.raises(ValueError, match=r".") as caught:
            one(kind, given_value)
        message = str(caught.value)
        assert message.isascii(), (given_value, message)
        assert message.isprintable(), (given_value, message)
        assert len(message) < 300, (given_value, message)
        if isinstance(given_value, str):
            assert message.startswith(quoted(given_value)), (given_value, message)


@pytest.mark.parametrize(
    ("kind", "given_value", "words"),
    [
        ("repository", "MY-Repo", "lower case: my-repo"),
        ("repository", "team/*", "for a prefix use a persona such as pull-prefix"),
        ("repository", "x" * 257, "2 to 256 characters, not 257"),
        ("repository", "", "2 to 256 characters, not 0"),
        ("repository", "my repo", "lower-case letters and digits"),
        ("repository", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web", "meant team/web?"),
        ("repository", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web:1.2@sha256:ab", "meant team/web?"),
        ("repository", "111122223333.dkr-ecr.eu-west-1.on.aws/team/web", "meant team/web?"),
        ("repository", "x.dkr.ecr.nowhere.example.com/team/web", "meant team/web?"),
        ("repository", "ecr.eu-west-1.amazonaws.com/team/web", "meant team/web?"),
        ("repository", "public.ecr.aws/a1b2c3d4/web", "meant web?"),
        ("repository", "oci://111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web", "meant team/web?"),
        (
            "repository",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "without its registry, and without tag and digest; such as my-repo",
        ),
        ("repository", "arn:aws:ecr:eu-west-1:111122223333:repository/team/web", "meant team/web?"),
        ("repository", "team/web:1.2", "is without tag and digest; meant team/web?"),
        ("repository", "team/web@sha256:ab", "is without tag and digest; meant team/web?"),
        ("repository-pattern", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/*", "meant team/*?"),
        ("repository-pattern", "arn:aws:ecr:eu-west-1:111122223333:repository/team/*", "meant team/*?"),
        ("repository", True, "must be a repository's name, such as my-repo"),
        ("repository-pattern", "team-a", "such as team-a/*"),
        ("account", "1234", "12 digits"),
        ("cidr", "10.0.0.0/8", "overlaps 10.0.0.0/8, which is not public"),
        ("cidr", "203.0.113.1/24", "did you mean 203.0.113.0/24?"),
        ("cidr", "10.0.0.0/0", "names every address"),
        ("cidr", "fe80::1", "overlaps fe80::/10"),
        ("vpc-endpoint", "vpc-01234567", "vpce-"),
        ("timestamp", "2027-01-31T00:00:00", "zone"),
        ("timestamp", "2027-02-30T00:00:00Z", "no such date"),
        ("string", "a*", "wildcards"),
        ("arn", "arn:aws:ecr:cn-north-1:123456789012:repository/x", "cn-north-1 is no region of partition aws"),
        ("arn", "arn:aws:ecr:eu-wset-1:123456789012:repository/x", "knows; meant eu-west-1?"),
        ("region", "eu-wset-1", "knows; meant eu-west-1?"),
        ("region", "us-east-9", "for a newer one, name it in the catalog's new_regions"),
        ("region", "EU-WEST-1", "not the name of a region, such as eu-west-1"),
    ],
)
def test_a_refusal_says_what_would_be_right(kind: str, given_value: object, words: str) -> None:
    """The message names the fix."""
    with pytest.raises(ValueError, match=re.escape(words)):
        one(kind, given_value)


@pytest.mark.parametrize(("kind", "text"), [("region", "us-east-9"), ("arn", "arn:aws:ecr:us-east-9:123456789012:x")])
def test_a_region_newer_than_the_data(kind: str, text: str) -> None:
    """A region that the catalog names as new is taken, and only that one."""
    assert one(kind, text, new_regions=("us-east-9",)) == text
    with pytest.raises(ValueError, match=r"no region that botocore .* knows"):
        one(kind, text, new_regions=("us-east-8",))


def test_many_takes_one_or_several() -> None:
    """A parameter for many values makes a tuple of distinct values, in the order given; one value is a tuple of one."""
    assert one("repository", "ab", many=True) == ("ab",)
    assert one("repository", ["cd", "ab", "cd"], many=True) == ("cd", "ab")
    assert one("repository", ("ab",), many=True) == ("ab",)
    for wrong in ([], (), [["ab"]], [None], ["ab", "*"]):
        with pytest.raises(ValueError, match=r"."):
            one("repository", wrong, many=True)


def test_one_takes_no_list() -> None:
    """A parameter for one value refuses a list, even of one."""
    with pytest.raises(ValueError, match="takes one value, not a list"):
        one("repository", ["my-repo"])


def test_a_pattern_must_match_the_whole_text() -> None:
    """The pattern of a parameter stands beside its type, and neither a part nor a trailing newline will do."""
    assert one("string", "vpc-01234567", pattern="vpc-[0-9a-f]{8}") == "vpc-01234567"
    for text in ("vpc-012345678", "xvpc-01234567", "vpc-01234567\n", "vpce-01234567"):
        with pytest.raises(ValueError, match=re.escape("must match vpc-[0-9a-f]{8}")):
            one("string", text, pattern="vpc-[0-9a-f]{8}")


def test_look_alikes_are_shown_as_what_they_are() -> None:
    """A message writes what is not ASCII as escapes, and shortens what is long."""
    assert quoted("\u043cy-repo") == "'\\u043cy-repo'"
    assert quoted("x" * 1000).endswith("(1000 characters)")
    assert len(quoted("x" * 1000)) < 100


@given(st.sampled_from(sorted(TYPES)), st.text(max_size=30))
@settings(max_examples=150, deadline=None)
def test_nothing_accepted_holds_what_iam_interprets(kind: str, text: str) -> None:
    """Whatever text a type accepts: no wildcard but a pattern's last, no variable but a tag's, no control character."""
    try:
        value = one(kind, text)
    except ValueError:
        return
    shown = str(value)
    if kind == "repository-pattern":
        shown = shown.removesuffix("*")
    if kind == "tag":
        shown = re.sub(r"=\$\{aws:PrincipalTag/[^*?${}]+\}$", "", shown)
    assert not re.search(r"[*?]|\$\{|[\x00-\x1f]", shown)


@given(st.from_regex(r"[0-9]{4}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](Z|[+-][01][0-9]:[0-5][0-9])"))
@settings(max_examples=200, deadline=None)
def test_a_timestamp_stays_the_same_moment(text: str) -> None:
    """What is accepted is written in UTC, is the same moment, and is accepted again unchanged."""
    try:
        value = one("timestamp", text)
    except ValueError:
        return
    assert isinstance(value, str)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value)
    assert read_timestamp(value) == read_timestamp(text)
    assert one("timestamp", value) == value
