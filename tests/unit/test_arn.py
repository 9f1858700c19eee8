"""ARNs and their wildcards, and the partitions that regions belong to."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from limits import within

from ecrgen.catalog.bind import EXAMPLE_REGIONS
from ecrgen.policy.arn import PARTITIONS, Arn, partition_of
from ecrgen.policy.patterns import Pattern

BOTOCORE = json.loads(files("botocore").joinpath("data/partitions.json").read_text())["partitions"]
REPOSITORY = "arn:aws:ecr:us-east-1:123456789012:repository/my-repo"


def matches(pattern: str, text: str) -> bool:
    return Pattern.of(pattern, "resource", variables=False).matches(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (REPOSITORY, ("aws", "ecr", "us-east-1", "123456789012", "repository/my-repo")),
        ("arn:aws:iam::123456789012:user/a/b", ("aws", "iam", "", "123456789012", "user/a/b")),
        ("arn:aws:logs:us-east-1:1:log-group:x:*", ("aws", "logs", "us-east-1", "1", "log-group:x:*")),
        ("arn:*:*:*:*:*", ("*", "*", "*", "*", "*")),
        ("arn:::::", ("", "", "", "", "")),
        ("*", None),
        ("", None),
        ("arn", None),
        ("arn:aws:ecr:us-east-1:123456789012", None),
        ("ARN:aws:ecr:us-east-1:123456789012:repository/x", None),
        (" arn:aws:ecr:us-east-1:123456789012:repository/x", None),
    ],
)
def test_an_arn_is_arn_and_five_parts(text: str, parts: tuple[str, ...] | None) -> None:
    """What begins with arn and has five colons is an ARN, whose resource may hold more colons; all else is none."""
    arn = Arn.parse(text)
    assert (None if arn is None else (arn.partition, arn.service, arn.region, arn.account, arn.resource)) == parts
    assert arn is None or str(arn) == text


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", REPOSITORY, True),
        ("*", "*", True),
        (REPOSITORY, REPOSITORY, True),
        (REPOSITORY, REPOSITORY + "2", False),
        (REPOSITORY, REPOSITORY.replace("my", "team/my"), False),
        (REPOSITORY.upper(), REPOSITORY, False),
        ("arn:aws:ecr:us-east-1:123456789012:repository/*", REPOSITORY, True),
        ("arn:aws:ecr:us-east-1:123456789012:repository/team/*", REPOSITORY, False),
        ("arn:aws:ecr:us-east-1:123456789012:repository/team/*", REPOSITORY.replace("my", "team/my"), True),
        ("arn:aws:ecr:us-east-1:123456789012:repository/*", REPOSITORY.replace("my", "a/b/my"), True),
        ("arn:aws:ecr:us-east-1:123456789012:repository/my-rep?", REPOSITORY, True),
        ("arn:aws:ecr:us-east-1:123456789012:repository/my-repo?", REPOSITORY, False),
        ("arn:aws:ecr:us-east-1:123456789012:repository/??-????", REPOSITORY, True),
        ("arn:aws:ecr:us-east-1:123456789012:repository/my-repo*", REPOSITORY, True),
        ("arn:aws:ecr:us-east-1:123456789012:repository/my-repo*", REPOSITORY + "2", True),
        ("arn:aws:ecr:*:123456789012:repository/my-repo", REPOSITORY, True),
        ("arn:aws:ecr:us-*-1:123456789012:repository/my-repo", REPOSITORY, True),
        ("arn:aws:ecr:eu-*:123456789012:repository/my-repo", REPOSITORY, False),
        ("arn:aws:ecr:*:*:repository/my-repo", REPOSITORY, True),
        ("arn:aws:ecr:us-east-1:12345678901?:repository/my-repo", REPOSITORY, True),
        ("arn:aws:ecr:us-east-1:?:repository/my-repo", REPOSITORY, False),
        ("arn:aws:ecr:us-east-1:123456789012:*my-repo", REPOSITORY, True),
        ("arn:aws:ecr:us-east-1:*my-repo", REPOSITORY, False),
        ("arn:aws:ecr:us?east-1:123456789012:repository/my-repo", REPOSITORY, True),
        ("arn:aws:ecr?us-east-1:123456789012:repository/my-repo", REPOSITORY, False),
        ("arn:aws-cn:ecr:us-east-1:123456789012:repository/*", REPOSITORY, False),
        ("arn:aws:ecr:us-east-1:123456789012:repository/my.repo", REPOSITORY, False),
        ("arn:aws:ecr:us-east-1:123456789012:repository/[a-z]*", REPOSITORY, False),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a\nb", True),
    ],
)
def test_a_pattern_names_arns_segment_by_segment(pattern: str, text: str, expected: bool) -> None:
    """`*` is any run of characters, `?` exactly one, all else itself; none of it regular expression syntax."""
    assert matches(pattern, text) is expected


def arns_of(letters: str) -> st.SearchStrategy[Arn]:
    word = st.text(letters, max_size=5)
    return st.builds(Arn, word, word, word, word, st.text(letters + ":", max_size=6))


arns = arns_of("ab-/.*?").map(str)
plain_arns = arns_of("ab").map(str)


@given(arns)
@settings(max_examples=100, deadline=None)
def test_every_arn_matches_itself_and_star(text: str) -> None:
    """A pattern matches the text it is, and `*` everything."""
    assert matches(text, text)
    assert matches("*", text)


@given(plain_arns, plain_arns)
@settings(max_examples=100, deadline=None)
def test_without_wildcards_only_the_same_text_matches(pattern: str, text: str) -> None:
    """A pattern without wildcards is one ARN and no more."""
    assert matches(pattern, text) is (pattern == text)


@given(arns_of("ab-/"), st.sampled_from(["partition", "service", "region", "account", "resource"]), st.data())
@settings(max_examples=150, deadline=None)
def test_wildcards_widen(arn: Arn, segment: str, data: st.DataObject) -> None:
    """`?` for each character and `*` for a run within a segment still match; one `?` too many does not."""
    part = getattr(arn, segment)
    start = data.draw(st.integers(0, len(part)))
    end = data.draw(st.integers(start, len(part)))

    def widened(wildcard: str) -> str:
        return str(replace(arn, **{segment: part[:start] + wildcard + part[end:]}))

    assert matches(widened("*"), str(arn))
    assert matches(widened("?" * (end - start)), str(arn))
    assert not matches(widened("?" * (end - start + 1)), str(arn))


def slow(pattern: str, text: str) -> bool:
    """Wildcards by their definition."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return slow(pattern[1:], text) or (bool(text) and slow(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and slow(pattern[1:], text[1:])


@given(st.text("ab*?:", max_size=7), st.text("ab:", max_size=8))
@example("a*b*a", "abba")
@settings(max_examples=300, deadline=None)
def test_text_patterns_are_wildcards_by_definition(pattern: str, text: str) -> None:
    """Over plain text, and over the resource of an ARN, a pattern matches exactly what its definition says."""
    expected = slow(pattern, text)
    assert Pattern.of(pattern, "text").matches(text) is expected
    assert matches(f"arn:aws:ecr:r:1:{pattern}", f"arn:aws:ecr:r:1:{text}") is expected


def test_case_is_ignored_only_when_asked() -> None:
    """Action names compare without case, ARNs with it."""
    assert Pattern.of("ECR:Put*", "action").matches("ecr:putimage")
    assert not Pattern.of("ECR:Put*", "text").matches("ecr:putimage")


def test_many_wildcards_take_no_long_time() -> None:
    """A hostile pattern is matched in time that grows with its length, not with its powers."""
    with within(1):
        assert not matches(f"arn:aws:ecr:us-east-1:1:{'*a' * 40}b", f"arn:aws:ecr:us-east-1:1:{'a' * 2000}")


@pytest.mark.parametrize("partition", BOTOCORE, ids=[p["id"] for p in BOTOCORE])
def test_every_region_belongs_to_its_partition(partition: dict[str, object]) -> None:
    """Each region that botocore knows is in its own partition and in no other, and so is its name pattern."""
    name = partition["id"]
    assert isinstance(name, str)
    assert isinstance(partition["regions"], dict)
    regions = [region for region in partition["regions"] if not region.endswith("-global")]
    assert regions
    for region in regions:
        assert partition_of(region) == name
        assert [p for p, pattern in PARTITIONS.items() if re.fullmatch(pattern, region)] == [name]
    assert partition_of(EXAMPLE_REGIONS[name]) == name
    assert EXAMPLE_REGIONS[name] in regions


def test_the_partitions_are_those_of_aws() -> None:
    """There are as many partitions as botocore knows."""
    assert set(PARTITIONS) == {p["id"] for p in BOTOCORE} == set(EXAMPLE_REGIONS)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "us-east",
            "us-east-",
            "us-east-1a",
            "us-east-1\n",
            "US-EAST-1",
            " us-east-1",
            "us-east-1 ",
            "*",
            "us-*-1",
        ),
        *("us-east-\u0661", "\uff55s-east-1", "cn-north", "aws", "xx-east-1", "us_east_1", "us-east-1:x"),
    ],
)
def test_what_is_no_region_has_no_partition(text: str) -> None:
    """Only whole names of ASCII letters and digits are regions; a wildcard is none."""
    assert partition_of(text) is None
