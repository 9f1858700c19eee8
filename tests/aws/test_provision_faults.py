"""Faults of AWS and of the network: nothing lost, nothing doubled, nothing leaked, the rest goes on."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from threading import Thread

import pytest
from accounts import allowing, grant, wanted
from scenario import CALLS, NEW, seed, watch
from server import Call, Cut, Page, Reply, Server, no_fault
from world import add_grantees, add_policy, attach, everything_else, model, target

from ecrgen.account.connection import Connection, connect
from ecrgen.account.desired import Desired
from ecrgen.account.faults import AwsError
from ecrgen.account.fetch import read_state
from ecrgen.provision.apply import Result, apply
from ecrgen.provision.changes import Update, name_of
from ecrgen.provision.plan import plan

# A minute of processes, servers and examples.
pytestmark = pytest.mark.slow

Connect = Callable[..., Connection]

THROTTLED = Reply(400, "Throttling", "Rate exceeded")
PAGE = Page("<html><body>Sign in</body></html>")
FAULTS: dict[str, tuple[Reply | Page | Cut, bool]] = {  # and whether the call takes effect
    "throttled": (THROTTLED, False),
    "500": (Reply(500, "ServiceFailure"), False),
    "500, applied": (Reply(500, "ServiceFailure"), True),
    "503": (Reply(503, "ServiceUnavailable"), False),
    "cut": (Cut(), False),
    "reply lost": (Cut(), True),
    "concurrent": (Reply(409, "ConcurrentModification"), False),
    "proxy's page": (PAGE, False),
    "proxy's page, applied": (PAGE, True),
    "cut short, applied": (Page("<Response><Result>", short=True), True),
}


def run(desired: Desired, connection: Connection) -> Result:
    return apply(plan(desired, read_state(connection, "pay")), connection, prune=True)


def versions(server: Server) -> dict[str, list[str]]:
    return {p.name: [v.version_id for v in p.versions] for p in server.account.managed_policies.values()}


def inject(server: Server, name: str, at: Callable[[Call], bool]) -> None:
    fault, applied = FAULTS[name]

    def hook(call: Call) -> Reply | Page | Cut | None:
        return fault if at(call) else None

    server.before, server.after = (no_fault, hook) if applied else (hook, no_fault)


@pytest.fixture
def undisturbed(server: Server, connected: Connect) -> dict[str, list[str]]:
    """The versions of each policy after a run that nothing disturbs."""
    seed(server.account)
    assert run(NEW, connected()).complete
    return versions(server)


def one_fault(server: Server, connected: Connect, name: str, at: int, undisturbed: dict[str, list[str]]) -> None:
    server.reset()
    seed(server.account)
    others = everything_else(server.account)
    leaks = watch(server)
    inject(server, name, lambda call: call.number == at)
    assert run(NEW, connected()).complete
    assert model(server.account) == target(NEW)
    assert versions(server) == undisturbed
    assert leaks == []
    assert everything_else(server.account) == others


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_at_one_call(server: Server, connected: Connect, undisturbed: dict[str, list[str]], name: str) -> None:
    """One fault at a call is got over: the account is as without it, each policy with the same versions."""
    for at in range(list(FAULTS).index(name), CALLS, len(FAULTS)):
        one_fault(server, connected, name, at, undisturbed)


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_at_each_call(
    server: Server, connected: Connect, undisturbed: dict[str, list[str]], name: str
) -> None:
    """Every kind of fault at every call is got over."""
    for at in range(CALLS):
        one_fault(server, connected, name, at, undisturbed)


@pytest.mark.parametrize("seed_", range(6))
def test_faults_at_random(server: Server, connected: Connect, seed_: int) -> None:
    """With three calls in ten going wrong, in any way, an apply still ends with exactly what is desired."""
    seed(server.account)
    others = everything_else(server.account)
    leaks = watch(server)
    chance = random.Random(seed_)
    fates = {applied: [fault for fault, when in FAULTS.values() if when == applied] for applied in (False, True)}

    def sometimes(applied: bool) -> Callable[[Call], Reply | Page | Cut | None]:
        return lambda call: chance.choice(fates[applied]) if chance.random() < 0.15 else None

    server.before, server.after = sometimes(False), sometimes(True)
    started = time.monotonic()
    assert run(NEW, connected(4)).complete
    assert time.monotonic() - started < 20
    assert model(server.account) == target(NEW)
    assert leaks == []
    assert everything_else(server.account) == others
    assert {name: len(ids) for name, ids in versions(server).items()} == {
        "foreign": 1,
        "ecrgen.pay.full": 5,
        "ecrgen.pay.grows": 2,
        "ecrgen.pay.inside": 2,
        "ecrgen.pay.lands": 1,
        "ecrgen.pay.new": 1,
        "ecrgen.pay.other-fence": 1,
        "ecrgen.pay.part-1": 2,
        "ecrgen.pay.part-2": 2,
    }


def test_what_one_grant_fails_at_does_not_stop_the_others(server: Server, connected: Connect) -> None:
    """A call denied for good fails its change and skips only what needs that; the next run does the rest."""
    seed(server.account)
    leaks = watch(server)
    denied = Reply(403, "AccessDenied", "User: x is not authorized to perform: iam:CreatePolicy on resource: y")
    server.before = lambda call: denied if call.parameters.get("PolicyName") == "ecrgen.pay.new" else None
    result = run(NEW, connected(4))
    assert not result.complete
    failed = [o for o in result.outcomes if o.status != "done"]
    assert {name_of(outcome.change) for outcome in failed if outcome.status == "failed"} == {"ecrgen.pay.new"}
    assert "lacks iam:CreatePolicy" in next(o.words for o in failed if o.status == "failed")
    # its attachments, and what takes away elsewhere what it would have given
    skipped = {name_of(outcome.change) for outcome in failed if outcome.status == "skipped"}
    assert skipped == {"ecrgen.pay.new", "ecrgen.pay.gone", "ecrgen.pay.inside"}
    assert leaks == []
    server.before = no_fault
    assert run(NEW, connected()).complete
    assert model(server.account) == target(NEW)


def test_busy_for_ever_ends_in_bounded_time(
    server: Server, connected: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that is throttled again and again is given up after eight attempts and half a minute."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    connection = connect(endpoint_url=server.url, region="us-east-1")
    server.before = lambda call: THROTTLED
    server.calls.clear()
    with pytest.raises(AwsError, match=r"GetAccountSummary: AWS is busy \(Throttling\)"):
        read_state(connection, "pay")
    assert len(server.calls) == 8
    assert 5 < sum(pauses) < 30
    assert max(pauses) <= 10


def test_credentials_that_end_stop_the_run(server: Server, connected: Connect) -> None:
    """Once the session has expired no further call is made, and what was not begun is named so."""
    seed(server.account)
    made = plan(NEW, read_state(connected(), "pay"))
    server.calls.clear()
    server.before = lambda call: Reply(403, "ExpiredToken", "SECRET") if call.number >= 3 else None
    result = apply(made, connected(), prune=True)
    assert len(server.calls) == 4
    statuses = Counter(outcome.status for outcome in result.outcomes)
    assert statuses["failed"] == 1
    assert statuses["stopped"] > 10
    failed = next(outcome.words for outcome in result.outcomes if outcome.status == "failed")
    assert "log in again" in failed
    assert "SECRET" not in failed


def race(server: Server, operation: str, act: Callable[[], object]) -> None:
    """Somebody else does something just before the first call of that operation takes effect."""
    done: list[bool] = []

    def hook(call: Call) -> None:
        if call.operation == operation and not done:
            done.append(True)
            act()

    server.before = hook


DESIRED = wanted(grant("a", allowing("x"), "role/ci"))


def test_made_meanwhile_with_the_same_document(server: Server, connected: Connect) -> None:
    """A policy that another run made meanwhile, with the same document, is taken as made."""
    add_grantees(server.account, "role/ci")
    race(server, "CreatePolicy", lambda: add_policy(server.account, "ecrgen.pay.a", allowing("x")))
    assert run(DESIRED, connected()).complete
    assert model(server.account) == target(DESIRED)


@pytest.mark.parametrize("path", ["/ecrgen/pay/", "/theirs/"])
def test_made_meanwhile_by_somebody_else(server: Server, connected: Connect, path: str) -> None:
    """A policy of that name made meanwhile with another document or path is left alone, and given to nobody."""
    add_grantees(server.account, "role/ci")
    race(server, "CreatePolicy", lambda: add_policy(server.account, "ecrgen.pay.a", allowing("y"), path=path))
    result = run(DESIRED, connected())
    assert [outcome.status for outcome in result.outcomes] == ["failed", "skipped"]
    assert "meanwhile" in result.outcomes[0].words
    assert not server.account.roles[next(iter(server.account.roles))].managed_policies


def test_updated_meanwhile(server: Server, connected: Connect) -> None:
    """A policy whose default version moved since the plan is not overwritten, unless it is what was wanted."""
    add_grantees(server.account, "role/ci")
    policy = add_policy(server.account, "ecrgen.pay.a", allowing("w"))
    attach(server.account, policy.arn, "role/ci")
    made = plan(DESIRED, read_state(connected(), "pay"))
    server.account.create_policy_version(policy.arn, allowing("y").to_json(), True)
    (outcome,) = apply(made, connected(), prune=True).outcomes
    assert outcome.status == "failed"
    assert "default version is v2, and was v1 when planned; plan again" in outcome.words
    server.account.create_policy_version(policy.arn, allowing("x").to_json(), True)
    assert apply(made, connected(), prune=True).complete
    assert len(policy.versions) == 3


def test_deleted_meanwhile(server: Server, connected: Connect) -> None:
    """A policy or grantee that is gone by the time of its change is said to be gone; what was to go is done."""
    add_grantees(server.account, "role/ci")
    policy = add_policy(server.account, "ecrgen.pay.a", allowing("w"))
    update = plan(DESIRED, read_state(connected(), "pay"))
    prune = plan(wanted(), read_state(connected(), "pay"))
    del server.account.managed_policies[policy.arn]
    result = apply(update, connected(), prune=True)
    assert [outcome.status for outcome in result.outcomes] == ["failed", "skipped"]
    assert "not there" in result.outcomes[0].words
    assert apply(prune, connected(), prune=True).complete


def test_a_new_policy_not_seen_everywhere_yet(server: Server, connected: Connect) -> None:
    """IAM is eventually consistent: attaching what was made a moment ago is tried again; something else is not."""
    add_grantees(server.account, "role/ci")
    unseen = Reply(404, "NoSuchEntity", "Policy does not exist or is not attachable.")
    tried: list[int] = []
    server.before = lambda call: (
        (tried.append(1) or unseen if len(tried) < 3 else None) if call.operation == "AttachRolePolicy" else None
    )
    assert run(DESIRED, connected()).complete
    assert len(tried) == 3
    server.before = lambda call: unseen if call.operation == "AttachRolePolicy" else None
    add_grantees(server.account, "role/other")
    server.calls.clear()
    assert not run(wanted(grant("a", allowing("x"), "role/ci", "role/other")), connected()).complete
    assert server.operations().count("AttachRolePolicy") == 1


@pytest.mark.parametrize("attempt", range(3))
def test_two_applies_at_once(server: Server, attempt: int) -> None:
    """Two runs of the same catalog at the same time both succeed, and leave what one would have left."""
    seed(server.account)
    others = everything_else(server.account)
    leaks = watch(server)
    connections = [connect(endpoint_url=server.url, region="us-east-1", concurrency=3, pause=0.001) for _ in range(2)]
    plans = [plan(NEW, read_state(connection, "pay")) for connection in connections]
    results: list[Result] = []
    threads = [
        Thread(target=lambda made=made, c=c: results.append(apply(made, c, prune=True)))
        for made, c in zip(plans, connections, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [[o for o in result.outcomes if o.status != "done"] for result in results] == [[], []]
    assert model(server.account) == target(NEW)
    assert leaks == []
    assert everything_else(server.account) == others


def test_a_document_refused_by_iam_is_said_in_its_words(server: Server, connected: Connect) -> None:
    """What IAM refuses fails with the call, the policy and IAM's own words."""
    add_grantees(server.account, "role/ci")
    server.before = lambda call: (
        Reply(400, "MalformedPolicyDocument", "Syntax errors in policy.") if call.operation == "CreatePolicy" else None
    )
    result = run(DESIRED, connected())
    words = "CreatePolicy ecrgen.pay.a: MalformedPolicyDocument: Syntax errors in policy."
    assert result.outcomes[0].words == words


def test_the_scenario_updates_a_full_policy(server: Server, connected: Connect) -> None:
    """The faults above also meet the update that has to give up a version first."""
    seed(server.account)
    changes = plan(NEW, read_state(connected(), "pay")).changes
    assert [change.spare for change in changes if isinstance(change, Update) and change.spare] == ["v1"]
