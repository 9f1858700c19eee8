"""Plans and faults in words, the way back, and grants that stand in no catalog."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from accounts import ACCOUNT, allowing, grant, managed, state, state_of, wanted
from botocore import exceptions as aws

from ecrgen.account.faults import AwsError, Fault, Meaning, fault_of
from ecrgen.account.from_catalog import alone, desired_of
from ecrgen.account.state import ManagedPolicy, Version
from ecrgen.catalog.catalog import Catalog
from ecrgen.cli.views.plan_values import plan_values as as_json
from ecrgen.errors import EcrgenError
from ecrgen.provision.changes import SetDefault
from ecrgen.provision.describe import done_to
from ecrgen.provision.history import history, rollback
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


def dated(name: str, *moments: str, default: int | None = None) -> ManagedPolicy:
    policy = managed(name, *(allowing(f"r{n}") for n, _ in enumerate(moments)), default=default)
    versions = tuple(
        Version(version.id, moment, version.text) for version, moment in zip(policy.versions, moments, strict=True)
    )
    return ManagedPolicy(policy.arn, versions, policy.default_version)


def back(*policies: ManagedPolicy, to: str | None = None) -> dict[str, str]:
    made = rollback(state(policies), "a", to)
    return {change.actual.name: change.version.id for change in made.changes if isinstance(change, SetDefault)}


DAY, NEXT, LATER = "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00", "2026-01-02T00:00:30+00:00"


def test_the_way_back() -> None:
    """A grant goes back to the version before, with the parts that were changed together with the newest one."""
    assert back(dated("ecrgen.pay.a", DAY, NEXT)) == {"ecrgen.pay.a": "v1"}
    assert back(dated("ecrgen.pay.a", DAY, NEXT, LATER, default=2)) == {"ecrgen.pay.a": "v1"}
    assert back(dated("ecrgen.pay.a", DAY, NEXT, LATER)) == {"ecrgen.pay.a": "v2"}
    together = back(dated("ecrgen.pay.a", DAY, NEXT), dated("ecrgen.pay.a.2", DAY, LATER), dated("ecrgen.pay.a.3", DAY))
    assert together == {"ecrgen.pay.a": "v1", "ecrgen.pay.a.2": "v1"}
    assert back(dated("ecrgen.pay.a", DAY, NEXT, LATER), to="v1") == {"ecrgen.pay.a": "v1"}


@pytest.mark.parametrize(
    ("policies", "to", "words"),
    [
        ([dated("ecrgen.pay.a", DAY)], None, "ecrgen.pay.a: v1 is its oldest version, so there is no way back"),
        ([dated("ecrgen.pay.a", DAY, NEXT), dated("ecrgen.pay.a.2", LATER)], None, "ecrgen.pay.a.2: v1 is its oldest"),
        ([dated("ecrgen.pay.a", DAY, NEXT), dated("ecrgen.pay.a.2", DAY)], "v2", "ecrgen.pay.a.2: no version v2"),
        ([dated("ecrgen.pay.a", DAY, NEXT)], "v2", "v2 is its default version already"),
        ([dated("ecrgen.pay.b", DAY, NEXT)], None, "a: no policy of this grant in namespace pay; there are: b"),
    ],
)
def test_no_way_back(policies: list[ManagedPolicy], to: str | None, words: str) -> None:
    """A grant that could go back only in part, or not at all, is refused."""
    with pytest.raises(EcrgenError) as raised:
        back(*policies, to=to)
    assert words in str(raised.value)


def test_parts_in_order() -> None:
    """A grant's history has its parts in the order of their numbers."""
    names = ["ecrgen.pay.a", *(f"ecrgen.pay.a.{n}" for n in range(2, 12))]
    actual = state(dated(name, DAY) for name in reversed(names))
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
