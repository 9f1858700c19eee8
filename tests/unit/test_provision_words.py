"""Plans and faults in words, the way back, and grants that stand in no catalog."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from accounts import ACCOUNT, PREFIX, allowing, grant, managed, state, state_of, wanted
from botocore import exceptions as aws

from ecrgen.account.faults import AwsError, Fault, Meaning, fault_of
from ecrgen.account.fingerprint import fingerprint
from ecrgen.account.from_catalog import alone, desired_of
from ecrgen.account.provenance import VERSIONS, InForce, made_of, with_newest, written
from ecrgen.account.state import ManagedPolicy, Version
from ecrgen.catalog.catalog import Catalog
from ecrgen.cli.views.plan_values import plan_values as as_json
from ecrgen.errors import EcrgenError
from ecrgen.provision.changes import SetDefault
from ecrgen.provision.describe import done_to
from ecrgen.provision.history import history, of_unknown_origin, rollback
from ecrgen.provision.plan import plan


def answer(code: str, status: int = 400, message: str = "") -> aws.ClientError:
    return aws.ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "CreatePolicy",
    )


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (answer("NoSuchEntity", 404), "absent"),
        (answer("EntityAlreadyExists", 409), "exists"),
        (answer("AccessDenied", 403), "denied"),
        (answer("Throttling"), "busy"),
        (answer("ConcurrentModification", 409), "busy"),
        (answer("EntityTemporarilyUnmodifiable", 409), "busy"),
        (answer("ServiceFailure", 500), "unclear"),
        (answer("", 503), "unclear"),
        (answer("DeleteConflict", 409), "refused"),
        (answer("LimitExceeded", 409), "refused"),
        (answer("MalformedPolicyDocument"), "refused"),
        (answer("ExpiredToken", 403), "identity"),
        (answer("InvalidClientTokenId", 403), "identity"),
        (aws.EndpointConnectionError(endpoint_url="http://x"), "unreachable"),
        (aws.ConnectTimeoutError(endpoint_url="http://x"), "unreachable"),
        (aws.ReadTimeoutError(endpoint_url="http://x"), "unclear"),
        (aws.ConnectionClosedError(endpoint_url="http://x"), "unclear"),
        (aws.NoCredentialsError(), "identity"),
        (aws.UnauthorizedSSOTokenError(), "identity"),
        (aws.ParamValidationError(report="x"), "refused"),
    ],
)
def test_what_a_fault_means(error: Exception, meaning: Meaning) -> None:
    """Each fault means one thing: only NoSuchEntity is absence, and only what may have taken effect is unclear."""
    fault = fault_of(error)
    assert fault.meaning == meaning
    assert fault.answered == isinstance(error, aws.ClientError)


def test_what_is_no_fault_of_aws_is_raised() -> None:
    """A bug stays a bug: what botocore did not raise is raised again."""
    with pytest.raises(ZeroDivisionError):
        fault_of(ZeroDivisionError())


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            Fault("denied", "AccessDenied"),
            "AttachRolePolicy a to role/ci: access denied: me lacks iam:AttachRoleP",
        ),
        (Fault("denied", "AccessDenied", "not authorized to perform: iam:TagPolicy on"), "me lacks iam:TagPolicy;"),
        (Fault("absent", "NoSuchEntity", "no role"), "a to role/ci: not there (NoSuchEntity: no role);"),
        (Fault("exists", "EntityAlreadyExists"), "it is there already"),
        (Fault("busy", "Throttling"), "AWS is busy (Throttling); run it again, or with a lower --concurrency"),
        (Fault("unclear", "500"), "AWS did not answer properly (500); run it again"),
        (Fault("refused", "DeleteConflict", "attached"), "DeleteConflict: attached"),
        (Fault("identity", "SSOTokenLoadError"), "not logged in; log in"),
        (Fault("identity", "UnauthorizedSSOTokenError"), "the AWS session has expired; log in again"),
        (Fault("identity", "NoRegionError"), "no AWS region; set AWS_REGION"),
        (Fault("identity", "InvalidConfigError"), "left out, as they may hold a secret"),
    ],
)
def test_faults_in_words(fault: Fault, words: str) -> None:
    """A message names the call, the entity and what to do; a denial names the caller and the action."""
    assert words in str(AwsError(fault, "AttachRolePolicy", "a to role/ci", "me"))


def test_changes_in_words() -> None:
    """Each change says what it does to what."""
    odd = managed("ecrgen.pay.odd", allowing("x"))
    odd = ManagedPolicy(odd.arn, (Version("v1", "", "{}"),), "v1")
    full = managed("ecrgen.pay.full", *(allowing(f"old{n}") for n in range(5)))
    gone = managed("ecrgen.pay.gone", allowing("x"), allowing("y"))
    actual = state([odd, full, gone], {"role/ci": ["ecrgen.pay.gone"]})
    made = plan(wanted(grant("odd", allowing("x")), grant("full", allowing("new"), "role/ci")), actual)
    assert [done_to(change) for change in made.changes] == [
        "new version of ecrgen.pay.full; v1, the oldest, makes room",
        "new version of ecrgen.pay.odd, in place of v1, which cannot be read",
        "attach ecrgen.pay.full to role/ci",
        "detach ecrgen.pay.gone from role/ci",
        "delete policy ecrgen.pay.gone with its 2 versions",
    ]


def test_a_plan_as_json_is_stable() -> None:
    """The same plan is the same JSON, and says which changes wait for --prune."""
    made = plan(wanted(), state_of(wanted(grant("a", allowing("x"), "role/ci"))))
    values = as_json(made, prune=False)
    assert values == as_json(made, prune=False)
    assert [(c["action"], c["waits_for_prune"], c["needs"]) for c in values["changes"]] == [
        ("detach", True, []),
        ("delete", True, [0]),
    ]
    assert values["changes"][1]["lost"] == ["no longer grants ecr:PutImage on repository/x"]


DAYS = tuple(f"2026-01-0{day}T00:00:00+00:00" for day in range(1, 6))


def past(name: str, versions: str, log: str, default: int | None = None, start: int = 1) -> ManagedPolicy:
    """A policy with a version a letter, which is its document, and a tag with `DOCUMENT RUN PARTS` a word.

    The first version is number `start`, made on that day.
    """
    documents = [allowing(letter) for letter in versions]
    numbered = tuple(
        Version(f"v{number}", DAYS[number - 1], document.to_json(indent=None))
        for number, document in enumerate(documents, start)
    )
    entries = (
        InForce(fingerprint(allowing(word[0]).to_dict()), f"0000000{word[1]}", int(word[2])) for word in log.split()
    )
    tags = {VERSIONS: written(entries)}
    return ManagedPolicy(PREFIX + name, numbered, f"v{default or start + len(versions) - 1}", tags=tags)


ONE, TWO = "ecrgen.pay.a", "ecrgen.pay.a.2"


def back(*policies: ManagedPolicy, to: str | None = None) -> dict[str, str]:
    made = rollback(state(policies), "a", to)
    return {change.actual.name: change.version.id for change in made.changes if isinstance(change, SetDefault)}


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([past(ONE, "ab", "b21 a11")], {ONE: "v1"}),
        ([past(ONE, "abc", "b21 a11", default=2)], {ONE: "v1"}),  # went back before: c is forgotten
        ([past(ONE, "abc", "c31 b21 a11")], {ONE: "v2"}),
        ([past(ONE, "ab", "c31 b21 a11")], {ONE: "v1"}),  # killed between the tag and the version
        ([past(ONE, "aab", "b31 a21 a11")], {ONE: "v2"}),
        ([past(ONE, "abb", "b31 b21 a11")], {ONE: "v1"}),  # a version with the same document is no way back
        ([past(ONE, "abab", "b31 a11", default=4)], {ONE: "v3"}),
        ([past(ONE, "abx", "b21 a11")], {ONE: "v2"}),  # by somebody else
        ([past(ONE, "axb", "b21 a11")], {ONE: "v1"}),  # somebody else's version in between
        ([past(ONE, "ab", "b22 a12"), past(TWO, "cd", "d22 c12")], {ONE: "v1", TWO: "v1"}),
        ([past(ONE, "abe", "e32 b22 a12"), past(TWO, "cd", "d22 c12")], {ONE: "v2"}),  # by the last run only
        ([past(ONE, "ab", "b22 a12"), past(TWO, "cx", "c12")], {TWO: "v1"}),  # what somebody else did, first
    ],
)
def test_the_way_back(policies: list[ManagedPolicy], expected: dict[str, str]) -> None:
    """What the last run put in force goes back to what was before, and what somebody else did to what ecrgen did."""
    assert back(*policies) == expected


def test_the_way_back_to_a_version() -> None:
    """All policies of a grant go to the version that is named, also to one of unknown origin, which is said."""
    assert back(past(ONE, "abc", ""), to="v1") == {ONE: "v1"}
    made = rollback(state([past(ONE, "abc", "c31 a11")]), "a", "v2")
    assert list(of_unknown_origin(made)) == [(ONE, "v2")]
    assert not list(of_unknown_origin(rollback(state([past(ONE, "abc", "c31 a11")]), "a", "v1")))


@pytest.mark.parametrize(
    ("policies", "to", "words"),
    [
        ([past(ONE, "a", "a11")], None, f"{ONE}: no version is left of what was in force before v1"),
        ([past(ONE, "ab", "")], None, f"{ONE}: v1 is of unknown origin; look at `ecrgen history`"),
        ([past(ONE, "xyb", "b31")], None, f"{ONE}: v1 and v2 are of unknown origin"),
        ([past(ONE, "ac", "c31 b21 a11")], None, f"{ONE}: no version is left of what was in force before v2"),
        ([past(ONE, "ab", "b22 a12"), past(TWO, "d", "d22", start=2)], None, f"{TWO}: no version is left"),
        ([past(ONE, "ab", "b21 a12")], None, f"{ONE}: its grant had 2 policies before and has 1 now"),
        ([past(ONE, "ab", "b22 a12")], None, f"{ONE}: its grant had 2 policies before and has 1 now"),
        ([past(ONE, "ab", "b21 a11"), past(TWO, "d", "d12")], None, f"{ONE}: its grant had 1 policy before and has 2"),
        ([past(ONE, "ab", ""), past(TWO, "d", "")], "v2", f"{TWO}: no version v2"),
        ([past(ONE, "ab", "")], "v2", "v2 is its default version already"),
        ([past("ecrgen.pay.b", "ab", "")], None, "a: no policy of this grant in namespace pay; there are: b"),
    ],
)
def test_no_way_back(policies: list[ManagedPolicy], to: str | None, words: str) -> None:
    """A grant that could go back only in part, or to what nobody can prove, is refused."""
    with pytest.raises(EcrgenError) as raised:
        back(*policies, to=to)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (f"{'a' * 32}/{'b' * 8}/1", 1),
        (f"{'a' * 32}/{'b' * 8}/1 {'a' * 32}/{'c' * 8}/12", 2),
        (f"{'a' * 32}/{'b' * 8}/1 v1", 1),
        (f"{'a' * 31}/{'b' * 8}/1", 0),
        (f"{'a' * 32}/{'b' * 8}/0", 0),
    ],
)
def test_what_a_tag_says(text: str, count: int) -> None:
    """A tag that somebody else wrote says nothing from there on; what is written is read, and fits into a tag."""
    entries = made_of({VERSIONS: text})
    assert len(entries) == count
    newest = InForce("f" * 32, "e" * 8, 9999)
    for _ in range(9):
        entries = with_newest(entries, newest)
    assert made_of({VERSIONS: written(entries)}) == entries == (newest,) * 5
    assert len(written(entries)) <= 256
    assert re.fullmatch(r"[a-zA-Z0-9 _.:/=+\-@]*", written(entries))


def test_parts_in_order() -> None:
    """A grant's history has its parts in the order of their numbers."""
    names = ["ecrgen.pay.a", *(f"ecrgen.pay.a.{n}" for n in range(2, 12))]
    actual = state(managed(name, allowing("x")) for name in reversed(names))
    assert [part.name for part in history(actual, "a")] == names


def test_a_grant_alone_is_named_after_all_that_makes_it() -> None:
    """A persona's own grant has another name for other arguments, guards or regions, and the same for the same."""
    catalog = Catalog.load()

    def name(
        *repositories: str, guard: str = "", persona: str = "push", to: str = "", region: str = "us-east-1"
    ) -> str:
        bound = catalog.bind(persona, {"repo": list(repositories)}, [guard] if guard else [])
        return alone(bound, [region], [to] if to else [], managed=False).name

    names = [name("a/b"), name("a/b", "a/c"), name("a/b", guard="tls"), name("a/b", persona="pull")]
    names.append(name("a/b", region="eu-west-1"))
    assert len(set(names)) == 5
    assert name("a/b", to="role/ci") == names[0]
    assert re.fullmatch("push-[0-9a-f]{32}", names[0])
    soon = datetime.now(UTC) + timedelta(days=1)
    bound = catalog.bind("push", {"repo": "a/b"}, [f"expires={soon:%Y-%m-%dT%H:%M:%SZ}"])
    assert alone(bound, (), (), managed=False).ended(soon + timedelta(seconds=1))


def test_the_example_region_is_never_provisioned() -> None:
    """A grant that names repositories needs a region that somebody named; one without repositories needs none."""
    catalog = Catalog.load()
    push = alone(catalog.bind("push", {"repo": "a/b"}), (), (), managed=False)
    look = alone(catalog.bind("console-read-only", {}), (), (), managed=False)
    now = datetime.now(UTC)
    with pytest.raises(EcrgenError, match="needs a region"):
        desired_of(catalog, [push], account=ACCOUNT, partition="aws", now=now)
    assert len(desired_of(catalog, [look], account=ACCOUNT, partition="aws", now=now).policies) == 1
    desired = desired_of(catalog, [push], account=ACCOUNT, partition="aws-cn", region=["cn-north-1"], now=now)
    (policy,) = desired.policies.values()
    assert f"arn:aws-cn:ecr:cn-north-1:{ACCOUNT}:repository/a/b" in policy.document.to_json()
