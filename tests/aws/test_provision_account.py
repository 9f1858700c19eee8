"""Reading an account and writing to it: calls, pages, paths, what is not owned, and who may not."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import strict
from accounts import ACCOUNT, PREFIX, READ_ONLY, allowing, grant, managed, wanted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.iam.models import IAMBackend, ManagedPolicy, iam_backends
from scenario import NEW, OLD, seed
from server import Call, Reply, Server
from world import add_grantees, add_policy, attach, everything_else, model, target

from ecrgen.account import connection as connection_module
from ecrgen.account.connection import Connection, connect
from ecrgen.account.desired import Desired
from ecrgen.account.fetch import read_state, with_past
from ecrgen.account.fingerprint import fingerprint
from ecrgen.account.provenance import VERSIONS, InForce, made_of
from ecrgen.account.state import Attachment, Entity, Grantee
from ecrgen.errors import EcrgenError
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.apply import Result, apply
from ecrgen.provision.history import rollback
from ecrgen.provision.iam import Iam
from ecrgen.provision.plan import plan

Connect = Callable[..., Connection]


def run(desired: Desired, connection: Connection) -> Result:
    return apply(plan(desired, read_state(connection, "pay")), connection, prune=True)


def test_in_process(monkeypatch: pytest.MonkeyPatch, running: Server) -> None:
    """Against moto inside the process, every kind of change works as over HTTP."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    with mock_aws():
        account = iam_backends[ACCOUNT]["aws"]
        seed(account)
        others = everything_else(account)
        connection = connect(region="us-east-1", concurrency=4)
        assert run(NEW, connection).complete
        assert model(account) == target(NEW)
        assert everything_else(account) == others
        assert plan(NEW, read_state(connection, "pay")).steps == ()


def test_new_policies_cost_a_create_and_an_attach_each(server: Server, connected: Connect) -> None:
    """N new policies for one grantee cost N creates, N attaches and the reads, which are three calls."""
    add_grantees(server.account, "role/ci")
    server.calls.clear()
    connection = connect(endpoint_url=server.url, region="us-east-1")
    assert run(wanted(*(grant(f"g{n}", allowing(f"r{n}"), "role/ci") for n in range(9))), connection).complete
    assert Counter(server.operations()) == {
        "GetCallerIdentity": 1,
        "GetAccountSummary": 1,
        "GetAccountAuthorizationDetails": 1,
        "CreatePolicy": 9,
        "AttachRolePolicy": 9,
    }


def test_a_stranger_blocks_no_policy_that_gives_less(server: Server, connected: Connect) -> None:
    """A policy that newly denies is updated without --prune though somebody attached it to another role."""
    add_grantees(server.account, "role/ci", "role/stranger")
    run(wanted(grant("a", allowing("x", "y"), "role/ci")), connected())
    attach(server.account, PREFIX + "ecrgen.pay.a", "role/stranger")
    new = wanted(grant("a", allowing("x", denied=["y"]), "role/ci"))
    result = apply(plan(new, read_state(connected(), "pay")), connected(), prune=False)
    assert sorted(outcome.status for outcome in result.outcomes) == ["done", "held"]
    assert model(server.account).documents == target(new).documents


def unchanged(server: Server, count: int) -> Desired:
    server.account.account_summary._policies_quota = 10_000
    desired = wanted(*(grant(f"g{n}", allowing(f"r{n}")) for n in range(count)))
    for policy in desired.policies.values():  # not one by one through the rules, which look at all there are
        made = ManagedPolicy(policy.name, ACCOUNT, "us-east-1", document=policy.document.to_json(), path="/ecrgen/pay/")
        server.account.managed_policies[made.arn] = made
    return desired


@pytest.mark.parametrize("count", [1500, pytest.param(5000, marks=pytest.mark.slow)])
def test_unchanged_policies_cost_pages_and_no_call_each(server: Server, count: int) -> None:
    """A plan over unchanged policies costs the pages of GetAccountAuthorizationDetails and two calls more."""
    desired = unchanged(server, count)
    connection = connect(endpoint_url=server.url, region="us-east-1")
    assert plan(desired, read_state(connection, "pay")).steps == ()
    pages = -(-count // 1000)
    assert Counter(server.operations()) == {
        "GetCallerIdentity": 1,
        "GetAccountSummary": 1,
        "GetAccountAuthorizationDetails": pages,
    }


def test_pages_are_put_together(server: Server, connected: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read page by page is what is read at once."""
    seed(server.account)
    whole = read_state(connected(), "pay")
    monkeypatch.setattr(strict, "PAGE", 3)
    server.calls.clear()
    assert read_state(connected(), "pay") == whole
    assert len(server.calls) > 5


def deny(*operations: str) -> Callable[[Call], Reply | None]:
    return lambda call: Reply(403, "AccessDenied", "no") if call.operation in operations else None


def test_by_path_where_bulk_reading_is_denied(server: Server, connected: Connect) -> None:
    """Without GetAccountAuthorizationDetails and GetAccountSummary, the same plan comes of reading by path."""
    seed(server.account)
    add_policy(server.account, "x", allowing("p"), path="/ecrgen/pay/below/")
    whole = plan(NEW, read_state(connected(), "pay"))
    server.before = deny("GetAccountAuthorizationDetails", "GetAccountSummary")
    actual = read_state(connected(4), "pay", {attachment.grantee for attachment in NEW.attachments})
    assert [step.change for step in plan(NEW, actual).steps if not by_document(step.change)] == [
        step.change for step in whole.steps if not by_document(step.change)
    ]
    assert len(plan(NEW, actual).steps) == len(whole.steps)
    assert plan(NEW, actual).digest == whole.digest
    assert apply(plan(NEW, actual), connected(4), prune=True).complete
    assert model(server.account) == target(NEW)


def by_document(change: Any) -> bool:
    """Whether a change holds versions, of which reading by path knows fewer documents."""
    return hasattr(change, "actual")


def test_by_path_missing_grantees_are_found(server: Server, connected: Connect) -> None:
    """Reading by path, too, finds grantees that do not exist, and names taken under other paths."""
    add_grantees(server.account, "role/ci")
    add_policy(server.account, "ecrgen.pay.a", allowing("p"), path="/theirs/")
    server.before = deny("GetAccountAuthorizationDetails")
    desired = wanted(grant("a", allowing("x"), "role/ci", "user/nobody", "group/none"))
    actual = read_state(connected(), "pay", {attachment.grantee for attachment in desired.attachments})
    with pytest.raises(EcrgenError) as raised:
        plan(desired, actual)
    assert [word for word in ("user/nobody", "group/none", "/theirs/") if word not in str(raised.value)] == []
    assert len(raised.value.problems) == 3


def test_by_path_versions_come_when_they_are_asked_for(server: Server, connected: Connect) -> None:
    """The documents of all versions, which reading by path leaves out, are read for the one grant that needs them."""
    seed(server.account)
    whole = read_state(connected(), "pay").policies["ecrgen.pay.full"]
    server.before = deny("GetAccountAuthorizationDetails")
    actual = read_state(connected(), "pay")
    assert sum(version.text is None for version in actual.policies["ecrgen.pay.full"].versions) == 4
    read = with_past(connected(), actual, "full").policies["ecrgen.pay.full"]
    assert [v.document() for v in read.versions] == [v.document() for v in whole.versions]


def test_denied_names_the_action_and_the_caller(server: Server, connected: Connect) -> None:
    """Where nothing may be read, the message names the call, the caller and the action that is missing."""
    server.before = deny("GetAccountAuthorizationDetails", "ListPolicies")
    with pytest.raises(EcrgenError, match=r"ListPolicies: access denied: arn:aws:sts::\d+:user/moto lacks iam:ListP"):
        read_state(connected(), "pay")


def test_tags_say_grant_and_persona(server: Server, connected: Connect) -> None:
    """A policy is tagged with its grant and persona when it is made and when it changes."""
    for document in (allowing("x"), allowing("y")):
        assert run(wanted(grant("a", document)), connected()).complete
        (policy,) = strict.local_policies(server.account)
        tags = {tag["Key"]: tag["Value"] for tag in policy.tags.values()}
        del tags[VERSIONS]
        assert tags == {"ecrgen:grant": "a", "ecrgen:persona": "push"}
        policy.tags.clear()


def test_tags_say_what_was_put_in_force(server: Server, connected: Connect) -> None:
    """Each change adds its document to the tag, and a way back takes those after it out; others' tags stay."""
    connection = connected()

    def documents() -> list[str]:
        policy = with_past(connection, read_state(connection, "pay"), "a").policies["ecrgen.pay.a"]
        assert (policy.tags or {}).get("team") in (None, "red")
        return [entry.document for entry in made_of(policy.tags or {})]

    x, y, z = (fingerprint(allowing(name).to_dict()) for name in "xyz")
    for name in "xyz":
        assert run(wanted(grant("a", allowing(name))), connection).complete
        (policy,) = strict.local_policies(server.account)
        policy.tags["team"] = {"Key": "team", "Value": "red"}
    assert documents() == [z, y, x]
    server.account.create_policy_version(policy.arn, allowing("w").to_json(), True)
    for expected in ([z, y, x], [y, x], [x]):
        actual = with_past(connection, read_state(connection, "pay"), "a")
        assert apply(rollback(actual, "a"), connection, prune=False).complete
        assert documents() == expected
        default = server.account.get_policy(policy.arn).default_version_id
        assert default == f"v{len(expected)}"
    with pytest.raises(EcrgenError, match="no version is left"):
        rollback(with_past(connection, read_state(connection, "pay"), "a"), "a")
    assert "team" in policy.tags


NEWEST = InForce("0" * 32, "0" * 8, 1)


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::{ACCOUNT}:policy/mine",
        f"arn:aws:iam::{ACCOUNT}:policy/ecrgenx/pay/mine",
        f"arn:aws:iam::{ACCOUNT}:policy/ecrgen/pay2/mine",
        f"arn:aws:iam::{ACCOUNT}:policy/ecrgen/pay",
        f"{PREFIX}below/mine",
        PREFIX,
        PREFIX.replace(ACCOUNT, "999999999999") + "mine",
        READ_ONLY,
    ],
)
def test_nothing_outside_the_path_is_ever_written(server: Server, connected: Connect, arn: str) -> None:
    """Whatever a plan says, no write leaves the namespace's path; AWS's own policies can be attached, and no more."""
    add_grantees(server.account, "role/ci")
    connection = connected()
    server.calls.clear()
    iam, held = Iam(connection, "pay"), Attachment(arn, Grantee("role", "ci"))
    writes: list[Callable[[], None]] = [
        lambda: iam.create_policy(arn, allowing("x"), {}, NEWEST),
        lambda: iam.update_policy(arn, allowing("x"), {}, NEWEST, expected="v1", spare=None),
        lambda: iam.set_default_version(arn, "v1", NEWEST),
        lambda: iam.detach(held),
        lambda: iam.delete_policy(arn),
    ]
    if arn != READ_ONLY:
        writes.append(lambda: iam.attach(held))
    for write in writes:
        with pytest.raises(EcrgenError, match="ecrgen changes nothing else"):
            write()
    assert server.calls == []


PATHS = ("/", "/ecrgen/", "/ecrgenx/", "/ecrgen/pay2/", "/ecrgen/pay/below/", "/ECRGEN/pay/", "/team/ecrgen/pay/")


@st.composite
def foreign(draw: st.DrawFn) -> list[tuple[str, str, list[PolicyDocument], list[str], bool]]:
    """Policies of others: name, path, versions, holders, and whether it is an inline policy."""
    names = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6))
    documents = st.sampled_from([allowing("x"), allowing("*"), allowing(denied=["x"])])
    versions = st.lists(documents, min_size=1, max_size=3)
    holders = st.lists(st.sampled_from(["role/ci", "user/ann", "group/devs", "role/other"]), unique=True)
    endings, paths = st.sampled_from(["x", "-xx", ".2x"]), st.sampled_from(PATHS)
    return [
        (f"ecrgen.pay.{name}{draw(endings)}", draw(paths), draw(versions), draw(holders), draw(st.booleans()))
        for name in names
    ]


def make_foreign(account: IAMBackend, policies: list[Any]) -> None:
    for name, path, documents, who, inline in policies:
        if inline:
            account.put_role_policy("ci", name, documents[0].to_json())
            continue
        policy = add_policy(account, name, *documents, path=path)
        for holder in who:
            attach(account, policy.arn, holder)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(policies=foreign(), destroy=st.booleans())
def test_a_foreign_account_stays_as_it_is(
    server: Server, connected: Connect, policies: list[Any], destroy: bool
) -> None:
    """Whatever else an account holds is byte-equal after an apply with prune, and after everything is destroyed."""
    server.reset()
    add_grantees(server.account, "role/ci", "role/other", "user/ann", "group/devs")
    make_foreign(server.account, policies)
    before = wanted(grant("old", allowing("q"), "role/ci", "group/devs"), grant("grows", allowing("p"), "user/ann"))
    after = wanted(grant("new", allowing("q"), "role/ci"), grant("grows", allowing("p", "q"), "user/ann"))
    others = everything_else(server.account)
    for desired in (before, wanted() if destroy else after):
        assert run(desired, connected()).complete
        assert model(server.account) == target(desired)
        assert everything_else(server.account) == others


def test_a_quota_is_read_from_the_account(server: Server, connected: Connect) -> None:
    """The account's own quotas hold: one that AWS has raised is used, one that is full stops the plan."""
    add_grantees(server.account, "role/ci")
    desired = wanted(*(grant(f"g{n}", allowing(f"r{n}"), "role/ci") for n in range(12)))
    with pytest.raises(EcrgenError, match="role/ci has 0 policies and may have 10; this plan attaches 12"):
        plan(desired, read_state(connected(), "pay"))
    server.account.account_summary._attached_policies_per_role_quota = 25
    assert run(desired, connected(4)).complete
    assert len(model(server.account).attached) == 12


def test_at_its_quota_a_role_changes_policies_one_for_one(server: Server, connected: Connect) -> None:
    """A role with all its policies gets new ones as old ones go, never more than it may have."""
    add_grantees(server.account, "role/ci")
    old = wanted(*(grant(f"old{n}", allowing(f"r{n}"), "role/ci") for n in range(10)))
    new = wanted(*(grant(f"new{n}", allowing(f"r{n}"), "role/ci") for n in range(10)))
    assert run(old, connected()).complete
    assert run(new, connected(4)).complete
    assert model(server.account) == target(new)


def test_interrupted_what_is_under_way_is_finished(server: Server, connected: Connect) -> None:
    """Ctrl-C starts nothing more, waits for what is under way, and names what was not begun."""
    seed(server.account)
    made = plan(NEW, read_state(connected(3), "pay"))

    def interrupt(call: Call) -> None:
        if call.operation == "CreatePolicy" and not interrupted:
            interrupted.append(call)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)

    interrupted: list[Call] = []
    server.before = interrupt
    result = apply(made, connected(3), prune=True)
    assert result.interrupted
    statuses = Counter(outcome.status for outcome in result.outcomes)
    assert set(statuses) == {"done", "stopped"}
    assert statuses["done"] <= 6
    writes = Counter(call.operation for call in server.calls if call.writes)
    assert writes["CreatePolicy"] == sum(
        type(o.change).__name__ == "Create" and o.status == "done" for o in result.outcomes
    )
    assert run(NEW, connected()).complete
    assert model(server.account) == target(NEW)


def refused(**settings: Any) -> str:
    started = time.monotonic()
    with pytest.raises(EcrgenError) as raised:
        connect(**settings)
    assert time.monotonic() - started < 8
    (problem,) = raised.value.problems
    assert "\n" not in problem
    return problem


def test_no_credentials() -> None:
    """Without credentials the message says how to give some."""
    assert "no AWS credentials" in refused(region="us-east-1")


def test_unknown_profile() -> None:
    """A profile that is not configured is named."""
    assert "nobody" in refused(profile="nobody", region="us-east-1")


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Credentials whose every part would show in a message."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "TOKEN-OF-A-SESSION")
    return "EXAMPLEKEY|TOKEN"


def test_nobody_listens(credentials: str) -> None:
    """An endpoint that is down is given up at once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://user:EXAMPLEKEY@127.0.0.1:{free.getsockname()[1]}"
        problem = refused(endpoint_url=url, region="us-east-1")
    assert "cannot be reached" in problem
    assert "EXAMPLEKEY" not in problem


def test_nobody_answers(credentials: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that takes a call and never answers is given up after one answer's time."""
    monkeypatch.setattr(connection_module, "FIRST_ANSWER", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        problem = refused(endpoint_url=f"http://127.0.0.1:{deaf.getsockname()[1]}", region="us-east-1")
    assert "AWS did not answer properly (ReadTimeoutError)" in problem


def test_no_such_host(credentials: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that DNS does not know is given up at once."""

    def unknown(*arguments: Any, **named: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "cannot be reached" in refused(region="us-east-1")


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"endpoint_url": "nonsense"}, "Invalid endpoint: nonsense"), ({"region": "not a region"}, "not a region")],
)
def test_settings_that_are_none(credentials: str, settings: dict[str, str], words: str) -> None:
    """An endpoint or region that cannot be one is said to be none."""
    assert words in refused(**{"region": "us-east-1"} | settings)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", "the AWS session has expired; log in again"),
        ("InvalidClientTokenId", "AWS does not accept the credentials (InvalidClientTokenId)"),
        ("SignatureDoesNotMatch", "AWS does not accept the credentials (SignatureDoesNotMatch)"),
        ("AccessDenied", "access denied: the caller lacks sts:GetCallerIdentity"),
    ],
)
def test_refused_credentials(server: Server, credentials: str, code: str, words: str) -> None:
    """Credentials that AWS refuses are said to be, at once and without what AWS says about the signed request."""
    message = "the string to sign is x-amz-security-token:TOKEN-OF-A-SESSION" if code != "AccessDenied" else ""
    server.before = lambda call: Reply(403, code, message)
    problem = refused(endpoint_url=server.url, region="us-east-1")
    assert words in problem
    assert "TOKEN" not in problem
    assert len(server.calls) == 1


def test_a_secret_of_a_credential_process_is_not_repeated(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a credential process says when it fails may be a secret, and is not shown."""
    config = tmp_path / "config"
    config.write_text("[default]\ncredential_process = sh -c 'echo HUSH >&2; exit 1'\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    problem = refused(region="us-east-1")
    assert "HUSH" not in problem
    assert "CredentialRetrievalError" in problem


def test_no_region(server: Server) -> None:
    """Where a region is needed to sign for an endpoint and nobody names one, the message says how to."""
    assert "no AWS region; set AWS_REGION" in refused(endpoint_url=server.url)


def test_bounds_of_retries_come_from_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS_MAX_ATTEMPTS bounds the attempts; what is no number is refused."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    server.before = lambda call: Reply(503, "ServiceUnavailable")
    assert "did not answer properly" in refused(endpoint_url=server.url, region="us-east-1", pause=0.001)
    assert len(server.calls) == 2
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "many")
    assert "AWS_MAX_ATTEMPTS (max_attempts): 'many' is no number" in refused(endpoint_url=server.url)


def test_documents_and_entities_are_read_as_they_are(server: Server, connected: Connect) -> None:
    """The state has every version with its document, every entity with its path and policies, every name taken."""
    seed(server.account)
    actual = read_state(connected(), "pay")
    assert set(actual.policies) == set(OLD.policies)
    full = actual.policies["ecrgen.pay.full"]
    assert [version.id for version in full.versions] == ["v1", "v2", "v3", "v4", "v5"]
    assert full.default.document() == OLD.policies["ecrgen.pay.full"].document
    assert full.oldest_spare == full.versions[0]
    assert actual.entities[Grantee("role", "stays")] == Entity("/", frozenset({PREFIX + "ecrgen.pay.grows"}))
    assert actual.taken["foreign"] == f"arn:aws:iam::{ACCOUNT}:policy/ecrgenx/foreign"
    assert actual.quotas.role == 10
    assert managed("a", allowing("x")).default.id == "v1"
