"""Plans of several accounts in one order: which of them goes first, what is refused, and no leak between the two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from accounts import ACCOUNT, state_of, wanted
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from ecrgen.account.desired import Desired, DesiredGrant, desired_state
from ecrgen.account.namespace import Namespace
from ecrgen.account.resource_policies import ResourcePolicies, Resources, SharedPlace
from ecrgen.account.shared_document import SharedDocument
from ecrgen.account.state import Entity, Grantee, IamState, ManagedPolicy, Version
from ecrgen.catalog.places import Repository
from ecrgen.catalog.sids import sid_of
from ecrgen.errors import EcrgenError
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.evaluate import evaluate
from ecrgen.policy.request import Request
from ecrgen.provision.across import AccountPlan, Order, in_order
from ecrgen.provision.apply import Outcome, Result, apply_in_order
from ecrgen.provision.changes import Attach, Change, Create, Detach, Update
from ecrgen.provision.plan import plan
from ecrgen.provision.set_statements import SetStatements

CONSUMER = "444455556666"
THERE = Namespace("aws", CONSUMER, "pay")
CI = Grantee("role", "ci")
ROLE, OTHER, ROOT = (f"arn:aws:iam::{CONSUMER}:{each}" for each in ("role/ci", "role/other", "root"))
PULL, PUSH = "ecr:BatchGetImage", "ecr:PutImage"
WEB, API = (Repository(f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{name}") for name in ("web", "api"))
# Two conditions that a request may meet both, one or none of.
KEYS = ("aws:PrincipalTag/one", "aws:PrincipalTag/two")


def under(*keys: str) -> dict[str, Any]:
    return {"Condition": {"StringEquals": dict.fromkeys(keys, "yes")}} if keys else {}


@dataclass(frozen=True)
class Said:
    """What role/ci, or whoever is let in, is given somewhere; `key` is a condition of it."""

    place: Repository
    action: str = PULL
    effect: str = "Allow"
    key: str = ""
    to: str = ROLE

    def statement(self, **more: Any) -> dict[str, Any]:
        return {"Effect": self.effect, "Action": self.action, **under(*filter(None, [self.key])), **more}


def identity(*said: Said, attached: bool = True) -> Desired:
    """The identity half that lies in the account of role/ci: a grant with these statements, or none."""
    if not said:
        return desired_state(THERE, [])
    document = PolicyDocument.from_dict({"Statement": [each.statement(Resource=each.place.arn) for each in said]})
    return desired_state(THERE, [DesiredGrant("ci", "x", ("role/ci",) if attached else (), document)])


def account_of(desired: Desired) -> IamState:
    """The account of role/ci, which holds what is desired."""
    policies = {
        name: ManagedPolicy(each.arn, (Version("v1", "2026-01-01T00:00:00+00:00", each.document.to_json(None)),), "v1")
        for name, each in desired.policies.items()
    }
    arns = frozenset(each.policy for each in desired.attachments)
    taken = {name.lower(): each.arn for name, each in policies.items()}
    return IamState(THERE, policies, {CI: Entity("/", arns)}, taken)


def asked(*said: Said) -> dict[SharedPlace, tuple[Statement, ...]]:
    """What grants say in the policies of repositories, each statement under a grant of its own."""
    found: dict[SharedPlace, tuple[Statement, ...]] = {WEB: (), API: ()}
    for each in said:
        sid = sid_of("pay", f"to-{each.to.rpartition(':')[2].replace('/', '-')}", 1 + len(found[each.place]))
        statement = Statement.from_dict(each.statement(Sid=sid, Principal={"AWS": each.to}))
        found[each.place] += (statement,)
    return found


def plans(old: Desired, new: Desired, there: Iterable[Said], wants: Iterable[Said]) -> tuple[AccountPlan, AccountPlan]:
    """The plan of the consumer's account, and that of the registry's."""
    documents: dict[SharedPlace, SharedDocument] = {
        place: SharedDocument("pay").with_ours(each.to_dict() for each in statements)
        for place, statements in asked(*there).items()
    }
    mine, account = state_of(wanted()), account_of(old)
    resources = Resources("pay", asked(*wants), ResourcePolicies(documents))
    return AccountPlan(plan(new, account), account), AccountPlan(plan(wanted(), mine, resources), mine)


def ordered(old: Desired, new: Desired, there: Iterable[Said], wants: Iterable[Said], *, prune: bool = True) -> Order:
    return in_order(plans(old, new, there, wants), ACCOUNT, prune=prune)


ALL = Said(WEB, to=ROOT)
MINE = Said(WEB)


def test_who_is_let_in_comes_first() -> None:
    """Where nothing asks for an order, the account of the repositories comes last, and waits for no other."""
    order = ordered(identity(), identity(MINE), [], [MINE])
    assert order.accounts == (CONSUMER, ACCOUNT)
    assert order.before == {CONSUMER: frozenset(), ACCOUNT: frozenset()}
    gone = ordered(identity(MINE), identity(), [MINE], [])
    assert (gone.before, gone.waiting) == (order.before, ())


def test_what_one_side_loses_before_the_other_gains_it() -> None:
    """role/ci gets what its whole account was let in to until now: the repository's policy loses it first."""
    order = ordered(identity(), identity(MINE), [ALL], [])
    assert order.accounts == (ACCOUNT, CONSUMER)
    assert order.before[CONSUMER] == {ACCOUNT}
    back = ordered(identity(MINE), identity(), [], [ALL])
    assert back.accounts == (CONSUMER, ACCOUNT)
    assert back.before[ACCOUNT] == {CONSUMER}


def test_a_deny_that_comes_or_goes() -> None:
    """A Deny in one account is there before the other lets anybody in, and goes after it has let them out."""
    fence = identity(Said(WEB, effect="Deny"))
    assert ordered(identity(), fence, [], [ALL]).before[ACCOUNT] == {CONSUMER}
    assert ordered(fence, identity(), [ALL], []).before[CONSUMER] == {ACCOUNT}


def test_what_waits_for_prune_stops_the_other_side() -> None:
    """Without --prune role/ci keeps what it has, so that nothing may let it in to that meanwhile."""
    order = ordered(identity(MINE), identity(), [], [ALL], prune=False)
    assert order.waiting == (
        f"role/ci of account {CONSUMER} gains in account {ACCOUNT} what it loses in account {CONSUMER} with --prune "
        "only; apply with --prune",
    )
    other = ordered(identity(), identity(MINE), [ALL], [], prune=False)
    assert other.waiting == (
        f"role/ci of account {CONSUMER} gains in account {CONSUMER} what it loses in account {ACCOUNT} with --prune "
        "only; apply with --prune",
    )


@pytest.mark.parametrize(
    ("there", "wants", "keys"),
    [
        ([Said(WEB, key=KEYS[0])], [Said(WEB, key=KEYS[1])], KEYS),  # a guard has another value on both sides
        ([MINE], [Said(API)], ()),  # another repository
        ([ALL], [MINE], ()),  # named by itself, no longer as one of its account
        ([Said(WEB, to=OTHER)], [MINE], ()),  # somebody else is let out
    ],
)
def test_what_needs_no_order(there: list[Said], wants: list[Said], keys: tuple[str, ...]) -> None:
    """A grant that moves with both of its halves is no reason to wait."""
    old = identity(*(each for each in there if each.to != OTHER))
    order = ordered(old, identity(*wants), there, wants)
    assert not any(order.before.values())


def test_two_accounts_that_each_need_the_other_first() -> None:
    """What no order makes safe is refused, with what to do."""
    with pytest.raises(EcrgenError) as raised:
        ordered(identity(Said(API)), identity(MINE), [ALL], [Said(API, to=ROOT)])
    assert raised.value.problems == (
        f"no order of the accounts {CONSUMER} and {ACCOUNT} is safe: somebody gains in each what is lost in the other; "
        "change one grant at a time, with --only",
    )


def test_an_interrupt_begins_no_further_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in one account leaves the next alone; one that has to wait for what was not done does so."""
    both = plans(identity(), identity(MINE), [ALL], [])
    order = in_order(both, ACCOUNT, prune=True)
    by_account = {each.account: each.plan for each in both}

    def run(result: Result) -> list[str]:
        monkeypatch.setattr("ecrgen.provision.apply.apply", lambda *given, **more: result)
        done = apply_in_order(order, by_account, dict.fromkeys(by_account), prune=True, digest="")  # type: ignore[arg-type]
        return [f"{each.status}: {each.words}" for each in done[CONSUMER].outcomes]

    change = by_account[ACCOUNT].changes[0]
    assert run(Result((), interrupted=True)) == ["stopped: interrupted before it began"] * 2
    waits = f"skipped: account {ACCOUNT} has to be done before"
    assert run(Result((Outcome(change, "failed", "no"),))) == [waits] * 2
    assert run(Result((Outcome(change, "done"),))) == ["done: "]


REQUESTS = [
    Request(action, place.arn, f"arn:aws:sts::{CONSUMER}:assumed-role/ci/me", dict.fromkeys(keys, "yes"))
    for action in (PULL, PUSH)
    for place in (WEB, API)
    for keys in ((), KEYS[:1], KEYS[1:], KEYS)
]
ANYTHING = PolicyDocument.from_dict({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


class World:
    """What role/ci has by both accounts, as changes are done; once alone, and once with all that others may give it."""

    def __init__(self, old: Desired, there: Iterable[Said]) -> None:
        self.documents = {each.arn: each.document for each in old.policies.values()}
        self.attached = {each.policy for each in old.attachments}
        self.said: dict[str, tuple[Any, ...]] = {
            str(place): tuple(each.to_dict() for each in statements) for place, statements in asked(*there).items()
        }

    def do(self, change: Change) -> None:
        match change:
            case SetStatements(place):
                self.said[str(place)] = change.after.ours
            case Attach(attachment):
                self.attached.add(attachment.policy)
            case Detach(attachment):
                self.attached.discard(attachment.policy)
            case Create(policy) | Update(policy):
                self.documents[policy.arn] = policy.document

    def access(self) -> set[tuple[int, bool]]:
        own = [self.documents[arn] for arn in sorted(self.attached)]
        out = set()
        for number, request in enumerate(REQUESTS):
            here = self.said.get(str(request.resource), ())
            resource = [PolicyDocument.from_dict({"Statement": [*here]})] if here else []
            for more in (False, True):
                if evaluate(request, identity=[*own, ANYTHING] if more else own, resource=resource).allowed:
                    out.add((number, more))
        return out


ACTION, PLACE = st.sampled_from([PULL, PUSH]), st.sampled_from([WEB, API])
KEY = st.sampled_from(["", *KEYS])
IDENTITY = st.lists(st.builds(Said, PLACE, ACTION, st.sampled_from(["Allow", "Allow", "Deny"]), KEY), max_size=2)
RESOURCE = st.lists(st.builds(Said, PLACE, ACTION, st.just("Allow"), KEY, st.sampled_from([ROLE, ROOT])), max_size=3)


@settings(max_examples=300, deadline=None)
@given(IDENTITY, IDENTITY, RESOURCE, RESOURCE, st.booleans(), st.booleans())
def test_no_state_between_accounts_gives_more(
    old: list[Said], new: list[Said], there: list[Said], wants: list[Said], attached: bool, prune: bool
) -> None:
    """Whatever is done, account after account, role/ci has nothing by both that neither side gives."""
    before, after = identity(*old, attached=attached), identity(*new)
    try:
        both = plans(before, after, there, wants)
        order = in_order(both, ACCOUNT, prune=prune)
    except EcrgenError:  # where no order is safe
        reject()
    if order.waiting:
        reject()
    whole, state = World(before, there), World(before, there)
    for each in both:
        for change in each.plan.changes:
            whole.do(change)
    bound = state.access() | whole.access()
    by_account = {each.account: each.plan for each in both}
    for account in order.accounts:
        made = by_account[account]
        held = made.held(prune=prune)
        for number, change in enumerate(made.changes):
            if number not in held:
                state.do(change)
                assert state.access() <= bound, (account, change)
