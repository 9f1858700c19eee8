"""Plans: what is changed, in which order, and what stops a plan before anything is written."""

from __future__ import annotations

import doctest
import json
import random
from dataclasses import replace

import pytest
from accounts import (
    ACCOUNT,
    PAY,
    PREFIX,
    READ_ONLY,
    Model,
    allowing,
    grant,
    managed,
    repository,
    state,
    state_of,
    wanted,
)
from hypothesis import event, given, settings
from hypothesis import strategies as st

from ecrgen.account.desired import Desired, DesiredGrant, desired_state
from ecrgen.account.state import IamState, Quotas
from ecrgen.errors import EcrgenError
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision import order
from ecrgen.provision.changes import Attach, Create, Delete, Detach, Plan, Update, name_of
from ecrgen.provision.order import sort
from ecrgen.provision.plan import plan


def shown(made: Plan) -> list[str]:
    """A plan's steps in short: `create ecrgen.pay.a`, `attach ecrgen.pay.a role/ci`."""
    out = []
    for change in made.changes:
        holder = f" {change.attachment.grantee}" if isinstance(change, Attach | Detach) else ""
        out.append(f"{type(change).__name__.lower()} {name_of(change)}{holder}")
    return out


def test_a_new_grant_is_created_then_attached() -> None:
    """A grant that is not there is a policy created and attached to each grantee."""
    made = plan(
        wanted(grant("a", allowing("x"), "role/ci", "group/devs")), state(attached={"role/ci": [], "group/devs": []})
    )
    assert shown(made) == ["create ecrgen.pay.a", "attach ecrgen.pay.a group/devs", "attach ecrgen.pay.a role/ci"]
    assert [step.needs for step in made.steps] == [frozenset(), {0}, {0}]
    assert made.held(prune=False) == frozenset()


def test_nothing_differs_nothing_is_planned() -> None:
    """A plan of what is there already is empty, also where the text in AWS is another way to write the same."""
    desired = wanted(grant("a", allowing("x", "y"), "role/ci"))
    assert plan(desired, state_of(desired)).steps == ()
    turned = allowing("y", "x")
    assert plan(desired, state([managed("ecrgen.pay.a", turned)], {"role/ci": ["ecrgen.pay.a"]})).steps == ()


def test_a_changed_document_is_a_new_version() -> None:
    """A changed document is a new version; the oldest spare one makes room only when there are five."""
    desired = wanted(grant("a", allowing("new")))
    few = managed("ecrgen.pay.a", *(allowing(f"old{n}") for n in range(4)))
    (step,) = plan(desired, state([few])).steps
    assert step.change == Update(desired.policies["ecrgen.pay.a"], few, None)
    full = managed("ecrgen.pay.a", *(allowing(f"old{n}") for n in range(5)), default=1)
    (step,) = plan(desired, state([full])).steps
    assert isinstance(step.change, Update)
    assert step.change.spare == "v2"


def test_revocations_wait_for_prune_and_are_never_hidden() -> None:
    """What a catalog no longer asks for is in the plan as detach and delete, and held without prune."""
    made = plan(wanted(), state_of(wanted(grant("a", allowing("x"), "role/ci"))))
    assert shown(made) == ["detach ecrgen.pay.a role/ci", "delete ecrgen.pay.a"]
    assert made.held(prune=False) == {0, 1}
    assert made.held(prune=True) == frozenset()


def test_a_detach_comes_before_the_policy_gives_more() -> None:
    """A grantee that leaves a grant never gets what the grant newly gives: the update waits for the detach."""
    actual = state_of(wanted(grant("a", allowing("x"), "role/old", "role/ci")))
    made = plan(wanted(grant("a", allowing("x", "y"), "role/ci")), actual)
    assert shown(made) == ["detach ecrgen.pay.a role/old", "update ecrgen.pay.a"]
    assert made.held(prune=False) == {0, 1}


def test_narrowing_does_not_wait_for_a_detach() -> None:
    """A policy that gives less is updated at once, whoever still has it."""
    actual = state_of(wanted(grant("a", allowing("x", "y"), "role/old", "role/ci")))
    made = plan(wanted(grant("a", allowing("x"), "role/ci")), actual)
    assert made.held(prune=False) == {shown(made).index("detach ecrgen.pay.a role/old")}


def test_a_grantee_gets_a_policy_with_its_new_document_only() -> None:
    """A new grantee is attached after the update, never to the document that is about to go."""
    actual = state_of(wanted(grant("a", allowing("x"))), "role/ci")
    made = plan(wanted(grant("a", allowing("y"), "role/ci")), actual)
    assert shown(made) == ["update ecrgen.pay.a", "attach ecrgen.pay.a role/ci"]
    assert made.steps[1].needs == {0}


def test_moving_between_grants_leaves_no_gap() -> None:
    """A grantee that moves to another grant with the same access has it before the old one is taken."""
    actual = state_of(wanted(grant("a", allowing("x"), "role/ci")))
    made = plan(wanted(grant("b", allowing("x"), "role/ci")), actual)
    assert shown(made) == [
        "create ecrgen.pay.b",
        "attach ecrgen.pay.b role/ci",
        "detach ecrgen.pay.a role/ci",
        "delete ecrgen.pay.a",
    ]
    assert made.steps[2].needs == {1}


TLS = PolicyDocument.from_dict(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "ecr:PutImage",
                "Resource": repository("team/x"),
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            }
        ],
    }
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (allowing("team/x"), TLS),
        (allowing("team/x", "team/y"), allowing("team/*")),
        (allowing("team/*"), allowing("team/x", "other")),
        (allowing("team/x", actions="PutImage"), allowing("team/x", actions="Put*")),
    ],
    ids=["guard", "prefix for list", "list for prefix", "actions"],
)
def test_what_is_replaced_in_other_words_is_there_before_it_goes(old: PolicyDocument, new: PolicyDocument) -> None:
    """A grant that gives a part of what another one gave, in other words, is attached before that one is detached."""
    made = plan(wanted(grant("z", new, "role/ci")), state_of(wanted(grant("a", old, "role/ci"))))
    detach = made.steps[shown(made).index("detach ecrgen.pay.a role/ci")]
    assert shown(made).index("attach ecrgen.pay.z role/ci") in detach.needs
    both = wanted(grant("a", old, "role/ci"), grant("z", allowing("before"), "role/ci"))
    made = plan(wanted(grant("a", allowing("after"), "role/ci"), grant("z", new, "role/ci")), state_of(both))
    assert shown(made) == ["update ecrgen.pay.z", "update ecrgen.pay.a"]
    assert made.steps[1].needs == {0}


def test_unrelated_changes_do_not_wait_for_each_other() -> None:
    """A revocation is not held up by a grant that gives something else."""
    actual = state_of(wanted(grant("a", allowing("x"), "role/ci")))
    made = plan(wanted(grant("b", allowing("y"), "role/ci")), actual)
    assert made.steps[shown(made).index("detach ecrgen.pay.a role/ci")].needs == frozenset()


def test_a_repository_that_moves_between_parts_is_gained_first() -> None:
    """Where one policy loses what another gains for the same grantee, the one that gains goes first."""
    old = wanted(grant("a", allowing("x", "m"), "role/ci"), grant("b", allowing("y"), "role/ci"))
    new = wanted(grant("a", allowing("x"), "role/ci"), grant("b", allowing("y", "m"), "role/ci"))
    assert shown(plan(new, state_of(old))) == ["update ecrgen.pay.b", "update ecrgen.pay.a"]


def test_a_deny_comes_first_and_goes_last() -> None:
    """A Deny is there before the Allow it takes from, and stays until that is gone."""
    none = wanted()
    both = wanted(grant("a", allowing("x"), "role/ci"), grant("z", allowing(denied=["x"]), "role/ci"))
    attached = [line for line in shown(plan(both, state_of(none, "role/ci"))) if "attach" in line]
    assert attached == ["attach ecrgen.pay.z role/ci", "attach ecrgen.pay.a role/ci"]
    swapped = wanted(grant("z", allowing("x"), "role/ci"), grant("a", allowing(denied=["x"]), "role/ci"))
    detached = [line for line in shown(plan(none, state_of(swapped))) if "detach" in line]
    assert detached == ["detach ecrgen.pay.z role/ci", "detach ecrgen.pay.a role/ci"]


PULLS = "BatchGetImage"


@pytest.mark.parametrize(
    ("policy", "denied", "waits"),
    [
        ("AmazonEC2ContainerRegistryReadOnly", PULLS, True),
        ("AmazonEC2ContainerRegistryReadOnly", "PutImage", False),
        ("AdministratorAccess", "PutImage", True),
    ],
)
def test_a_deny_stands_before_a_policy_of_aws(policy: str, denied: str, waits: bool) -> None:
    """AWS's own policy is attached after a Deny that takes from it, and goes by its document where that is known."""
    new = wanted(
        DesiredGrant("a", "console", ("role/ci",), managed_policy=policy),
        grant("z", allowing(actions=denied, denied=["x"]), "role/ci"),
    )
    made = plan(new, state_of(wanted(), "role/ci"))
    attach = shown(made).index(f"attach {policy} role/ci")
    assert (shown(made).index("attach ecrgen.pay.z role/ci") in made.steps[attach].needs) == waits


def test_a_deny_stays_until_what_cannot_be_read_is_gone() -> None:
    """A policy that cannot be read may allow anything, so it is detached, and repaired, before a Deny goes."""
    odd = managed("ecrgen.pay.a", allowing("y"))
    odd = replace(odd, versions=(replace(odd.versions[0], text='{"Statement": {"effect": "Allow"}}'),))
    deny = managed("ecrgen.pay.z", allowing(denied=["x"]))
    actual = state([odd, deny], {"role/ci": ["ecrgen.pay.a", "ecrgen.pay.z"]})
    for desired, first in (
        (wanted(), "detach ecrgen.pay.a role/ci"),
        (wanted(grant("a", allowing("y"), "role/ci")), "update ecrgen.pay.a"),
    ):
        made = plan(desired, actual)
        detach = made.steps[shown(made).index("detach ecrgen.pay.z role/ci")]
        assert shown(made).index(first) in detach.needs


def test_a_deny_that_moves_is_there_before_it_goes() -> None:
    """A Deny that moves to another policy, in other words, is there before the old one goes."""
    old = wanted(grant("c", allowing("x"), "role/ci"), grant("a", allowing(denied=["x"]), "role/ci"))
    new = wanted(grant("c", allowing("x"), "role/ci"), grant("z", allowing(denied=["*"]), "role/ci"))
    made = plan(new, state_of(old))
    detach = shown(made).index("detach ecrgen.pay.a role/ci")
    assert made.steps[detach].needs == {shown(made).index("attach ecrgen.pay.z role/ci")}


def test_grants_that_bring_the_same_deny_need_no_order() -> None:
    """Grants of one persona, each with the Deny that protects it, come and go in any order."""
    names = [grant(name, allowing("x", name, denied=["x"]), "role/ci") for name in "abc"]
    for made in (plan(wanted(*names), state_of(wanted(), "role/ci")), plan(wanted(), state_of(wanted(*names)))):
        assert all(len(step.needs) <= 1 for step in made.steps)


def test_a_deny_that_goes_gives_more() -> None:
    """A policy that loses a Deny waits until a grantee that is to lose the policy has lost it."""
    actual = state_of(wanted(grant("a", allowing("x", denied=["x"]), "role/old")))
    assert shown(plan(wanted(grant("a", allowing("x"))), actual))[0] == "detach ecrgen.pay.a role/old"


def test_a_circle_is_opened_where_it_is_one() -> None:
    """Only an edge inside a circle gives way; what merely comes after the circle still waits for it."""
    ranks = [(0, "behind", ""), (1, "one", ""), (1, "two", "")]
    order = sort(ranks, [], [(1, 2), (2, 1), (2, 0)])
    assert order == [(1, frozenset()), (2, frozenset({1})), (0, frozenset({2}))]


def test_changes_that_no_order_makes_safe_are_refused() -> None:
    """Two grants that come together and each deny what the other allows are refused, with what to do."""
    new = wanted(grant("a", allowing("x", denied=["y"]), "role/ci"), grant("b", allowing("y", denied=["x"]), "role/ci"))
    with pytest.raises(EcrgenError, match=r"no order .* ecrgen\.pay\.a, ecrgen\.pay\.b .* one grant at a time"):
        plan(new, state_of(wanted(), "role/ci"))


def test_what_goes_loses_its_allows_first_where_denies_need_each_other() -> None:
    """Of two policies that deny what the other allows, each keeps its Deny until neither allows anything."""
    old = wanted(grant("a", allowing("x", denied=["y"]), "role/ci"), grant("b", allowing("y", denied=["x"]), "role/ci"))
    made = plan(wanted(), state_of(old))
    assert shown(made)[:2] == ["update ecrgen.pay.a", "update ecrgen.pay.b"]
    update = made.changes[0]
    assert isinstance(update, Update)
    assert [each.effect for each in update.policy.document.statements] == ["Deny"]
    assert made.held(prune=False) == frozenset(range(len(made.steps)))


def test_a_third_change_can_make_an_order_safe() -> None:
    """Where each of two changes has to wait for the other, taken two by two, all of the state is asked about."""
    old = wanted(grant("a", allowing("x", denied=["y"]), "role/ci"), grant("b", allowing("y", denied=["x"]), "role/ci"))
    new = wanted(grant("a", allowing("y"), "role/ci"), grant("b", allowing("x"), "role/ci"))
    assert shown(plan(new, state_of(old))) == ["update ecrgen.pay.a", "update ecrgen.pay.b"]


REPOSITORIES = ("p", "q", "r")
ACTIONS = ("PutImage", "BatchGetImage")
ROLES = ("role/one", "role/two")


@st.composite
def documents(draw: st.DrawFn) -> PolicyDocument:
    parts = st.tuples(st.sampled_from(ACTIONS), st.sampled_from((*REPOSITORIES, "*")))
    allow = draw(st.frozensets(parts, min_size=1, max_size=3))
    deny = draw(st.frozensets(parts, max_size=2)) if draw(st.booleans()) else frozenset()
    statements = [
        {"Effect": effect, "Action": f"ecr:{action}", "Resource": allowing(name).statements[0].resources[0]}
        for effect, pairs in (("Allow", allow), ("Deny", deny))
        for action, name in sorted(pairs)
    ]
    return PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statements})


@st.composite
def catalogs(draw: st.DrawFn) -> Desired:
    names = draw(st.frozensets(st.sampled_from("abcd"), max_size=4))
    return wanted(
        *(
            grant(name, draw(documents()), *sorted(draw(st.frozensets(st.sampled_from(ROLES)))))
            for name in sorted(names)
        )
    )


@settings(max_examples=250, deadline=None)
@given(old=catalogs(), new=catalogs(), prune=st.booleans(), seed=st.integers(0, 2**16))
def test_no_state_between_gives_more_than_old_and_new(old: Desired, new: Desired, prune: bool, seed: int) -> None:
    """Whatever steps a run has got done, in any order that the plan allows, nobody has what neither catalog gives."""
    actual = state_of(old, *ROLES)
    try:
        made = plan(new, actual)
    except EcrgenError:
        event("no safe order")
        return
    before, after = Model.of(actual), Model.of(state_of(new, *ROLES))
    held = made.held(prune=prune)
    bound = before.access(ACTIONS, REPOSITORIES) | after.access(ACTIONS, REPOSITORIES)
    done: set[int] = set()
    chance = random.Random(seed)
    while ready := [n for n in range(len(made.steps)) if n not in done | held and made.needs(n, held) <= done]:
        number = chance.choice(ready)
        before.do(made.steps[number].change)
        done.add(number)
        assert before.access(ACTIONS, REPOSITORIES) <= bound
    if prune:
        assert before == after


@settings(max_examples=150, deadline=None)
@given(old=catalogs(), new=catalogs(), seed=st.integers(0, 2**16))
def test_stopped_anywhere_the_next_plan_converges(old: Desired, new: Desired, seed: int) -> None:
    """After any part of a plan, a plan made of what is there then leads to the same end."""
    actual = state_of(old, *ROLES)
    chance = random.Random(seed)
    model = Model.of(actual)
    try:
        made = plan(new, actual)
        done: set[int] = set()
        for _ in range(chance.randrange(len(made.steps) + 1)):
            number = chance.choice([n for n, s in enumerate(made.steps) if n not in done and s.needs <= done])
            model.do(made.steps[number].change)
            done.add(number)
        attached: dict[str, list[str]] = {name: [] for name in ROLES}
        for name, holder in model.attached:
            attached[holder].append(name)
        rest = plan(new, state([managed(name, document) for name, document in model.documents.items()], attached))
    except EcrgenError:
        event("no safe order")
        return
    for step in rest.steps:
        model.do(step.change)
    assert model == Model.of(state_of(new, *ROLES))


def test_a_group_denies_its_users() -> None:
    """A Deny on a group is there before the Allow on a user, who may be in it; roles have nothing to do with it."""
    deny = grant("z", allowing(denied=["x"]), "group/devs")
    for holder, waits in (("user/ann", True), ("role/ci", False)):
        made = plan(wanted(grant("a", allowing("x"), holder), deny), state(attached={holder: [], "group/devs": []}))
        attach = shown(made).index(f"attach ecrgen.pay.a {holder}")
        assert (shown(made).index("attach ecrgen.pay.z group/devs") in made.steps[attach].needs) == waits


NAMES = tuple(f"team/repository-{number:02}" for number in range(24))


@settings(max_examples=60, deadline=None)
@given(sides=st.tuples(*[st.frozensets(st.sampled_from(NAMES), min_size=1)] * 2), seed=st.integers(0, 2**16))
def test_packed_parts_never_leak_while_repositories_move(sides: tuple[frozenset[str], ...], seed: int) -> None:
    """A grant in many parts goes from one list of repositories to another without giving anything else on the way."""
    old, new = (wanted(grant("a", allowing(*sorted(side)), "role/ci"), limit=700) for side in sides)
    actual = state_of(old)
    model, end = Model.of(actual), Model.of(state_of(new))
    actions = ("PutImage",)
    assert end.access(actions, NAMES) == {("role/ci", "ecr:putimage", repository(name)) for name in sides[1]}
    bound = model.access(actions, NAMES) | end.access(actions, NAMES)
    made = plan(new, actual)
    chance, done = random.Random(seed), set[int]()
    while ready := [n for n, s in enumerate(made.steps) if n not in done and s.needs <= done]:
        done.add(number := chance.choice(ready))
        model.do(made.steps[number].change)
        assert model.access(actions, NAMES) <= bound
    assert model == end


def test_only_what_is_directly_below_the_path_is_own() -> None:
    """Policies of other namespaces and paths are not compared, detached or deleted, whatever they are called."""
    arns = [
        f"arn:aws:iam::{ACCOUNT}:policy/ecrgen/pay2/x",
        f"arn:aws:iam::{ACCOUNT}:policy/ecrgenx/pay/x",
        f"{PREFIX}sub/x",
        READ_ONLY,
    ]
    assert plan(wanted(), state(attached={"role/ci": arns}, taken=arns)).steps == ()


def test_a_stray_policy_in_the_path_is_pruned() -> None:
    """What somebody made below the namespace's path by hand is the namespace's: shown, and deleted with prune."""
    made = plan(wanted(), state([managed("made-by-hand", allowing("x"))], {"role/ci": ["made-by-hand"]}))
    assert shown(made) == ["detach made-by-hand role/ci", "delete made-by-hand"]


def test_a_document_that_cannot_be_read_is_repaired() -> None:
    """A policy that IAM took but ecrgen's reader refuses is replaced, as giving nobody knows what."""
    odd = managed("ecrgen.pay.a", allowing("x"))
    odd = replace(odd, versions=(replace(odd.versions[0], text='{"Statement": {"effect": "Allow"}}'),))
    made = plan(wanted(grant("a", allowing("x"))), state([odd], {"role/stranger": ["ecrgen.pay.a"]}))
    assert shown(made) == ["detach ecrgen.pay.a role/stranger", "update ecrgen.pay.a"]


def test_one_grant_alone_leaves_the_others() -> None:
    """A plan for one grant alone neither shows nor touches the others of the namespace."""
    actual = state_of(wanted(grant("a", allowing("x"), "role/ci"), grant("b", allowing("y"), "role/ci")))
    assert shown(plan(wanted(only=["b"]), actual)) == ["detach ecrgen.pay.b role/ci", "delete ecrgen.pay.b"]


def test_aws_own_policies_are_attached_and_never_detached() -> None:
    """A managed grant attaches AWS's policy; what has it without being asked for is not ecrgen's to take."""
    desired = wanted(
        DesiredGrant("r", "console-read-only", ("role/ci",), managed_policy="AmazonEC2ContainerRegistryReadOnly")
    )
    actual = state(attached={"role/ci": [], "role/other": [READ_ONLY]})
    assert shown(plan(desired, actual)) == ["attach AmazonEC2ContainerRegistryReadOnly role/ci"]
    assert plan(wanted(), state(attached={"role/ci": [READ_ONLY]})).steps == ()


def test_an_ended_grant_is_taken_away() -> None:
    """A grant whose time has passed is named as ended, and what it gave is revoked."""
    over = replace(grant("a", allowing("x"), "role/ci"), ended=True)
    made = plan(wanted(over), state_of(wanted(grant("a", allowing("x"), "role/ci"))))
    assert made.ended == ("a",)
    assert shown(made) == ["detach ecrgen.pay.a role/ci", "delete ecrgen.pay.a"]


def test_every_problem_is_reported_at_once() -> None:
    """Missing and closed grantees, other paths and taken names stop a plan together, each with what to do."""
    actual = state(
        attached={"role/CI": [], "role/aws": []}, taken=[f"arn:aws:iam::{ACCOUNT}:policy/legacy/ECRGEN.pay.a"]
    )
    entities = dict(actual.entities)
    entities = {
        grantee: replace(entity, path="/aws-service-role/") if grantee.name == "aws" else entity
        for grantee, entity in entities.items()
    }
    desired = wanted(
        grant("a", allowing("x"), "role/ci", "user/nobody"),
        grant("b", allowing("x"), "role/aws", "role/team/CI", "user/nobody"),
    )
    with pytest.raises(EcrgenError) as raised:
        plan(desired, replace(actual, entities=entities))
    text = str(raised.value)
    assert len(raised.value.problems) == 5
    assert "policy/legacy/ECRGEN.pay.a" in text
    assert "role/ci does not exist in account 123456789012; there is role/CI" in text
    assert "a, b: user/nobody does not exist" in text
    assert "role/aws is AWS's own" in text
    assert "role/CI has the path /, not /team/" in text


@pytest.mark.parametrize(
    ("quotas", "words"),
    [
        (Quotas(role=2), r"role/ci has 1 policies and may have 2; this plan attaches 2 and detaches 0"),
        (Quotas(policies=2), r"has 1 policies and may have 2; this plan creates 2 and deletes 0"),
        (Quotas(policy_size=100), r"ecrgen\.pay\.a would have \d+ characters, and IAM takes 100"),
    ],
)
def test_quotas_stop_a_plan(quotas: Quotas, words: str) -> None:
    """A plan that would run into one of the account's quotas is refused before anything is written."""
    foreign = f"arn:aws:iam::{ACCOUNT}:policy/foreign"
    actual = state(attached={"role/ci": [foreign]}, quotas=quotas, taken=[foreign])
    with pytest.raises(EcrgenError, match=words):
        plan(wanted(grant("a", allowing("x"), "role/ci"), grant("b", allowing("y"), "role/ci")), actual)


def test_what_goes_makes_room_for_what_comes() -> None:
    """At the quota, a detach comes before the attach that needs its place, and a delete before the create."""
    actual = replace(state_of(wanted(grant("a", allowing("x"), "role/ci"))), quotas=Quotas(role=1, policies=1))
    made = plan(wanted(grant("b", allowing("x"), "role/ci")), actual)
    assert shown(made) == [
        "detach ecrgen.pay.a role/ci",
        "delete ecrgen.pay.a",
        "create ecrgen.pay.b",
        "attach ecrgen.pay.b role/ci",
    ]
    assert made.held(prune=False) == {0, 1, 2, 3}


def test_a_grantee_over_its_quota() -> None:
    """Over a quota that was lowered, a plan may take away, and gives only once enough has gone."""
    old = [grant(name, allowing(name), "role/ci") for name in "abc"]
    actual = replace(state_of(wanted(*old)), quotas=Quotas(role=2))
    assert len(plan(wanted(*old[:2]), replace(actual, quotas=Quotas(role=1, policies=1))).steps) == 2
    made = plan(wanted(grant("d", allowing("d"), "role/ci"), grant("e", allowing("e"), "role/ci")), actual)
    detached = {number for number, change in enumerate(made.changes) if isinstance(change, Detach)}
    needs = [step.needs & detached for step in made.steps if isinstance(step.change, Attach)]
    assert [len(need) for need in needs] == [2, 2]
    assert needs[0] | needs[1] == detached
    with pytest.raises(EcrgenError, match="attaches 1 and detaches 0"):
        plan(wanted(*old, grant("d", allowing("d"), "role/ci")), actual)


def test_a_grant_renamed_in_case_only() -> None:
    """IAM's names do not differ in case, so the policy in the old letters goes before the new one comes."""
    made = plan(wanted(grant("CI", allowing("x"))), state_of(wanted(grant("ci", allowing("x")))))
    assert shown(made) == ["delete ecrgen.pay.ci", "create ecrgen.pay.CI"]


def test_another_account_is_refused() -> None:
    """Grants of one account are never planned against another."""
    actual = replace(state(), namespace=replace(PAY, account="999999999999"))
    with pytest.raises(EcrgenError, match=r"account 123456789012 .* this is .* 999999999999"):
        plan(wanted(), actual)


def moved(actual: IamState) -> list[IamState]:
    """The account after somebody changed a document, a version, an attachment."""
    name = "ecrgen.pay.a"
    return [
        replace(actual, policies={name: managed(name, allowing("y"))}),
        replace(actual, policies={name: managed(name, allowing("x"), allowing("x"))}),
        state_of(wanted(grant("a", allowing("x"))), "role/ci"),
    ]


def test_the_digest_moves_with_catalog_and_account_and_with_nothing_else() -> None:
    """The digest is the same for the same catalog and account in any order, and another for any that moved."""
    desired = wanted(grant("a", allowing("x"), "role/ci"), grant("b", allowing("y")))
    actual = state_of(wanted(grant("a", allowing("x"), "role/ci")))
    digest = plan(desired, actual).digest
    again = wanted(grant("b", allowing("y")), grant("a", allowing("x"), "role/ci"))
    foreign = state([*actual.policies.values()], {"role/new": [READ_ONLY], "role/ci": ["ecrgen.pay.a"]})
    assert plan(again, foreign).digest == digest
    (policy,) = actual.policies.values()
    (version,) = policy.versions
    spaced = replace(version, text=json.dumps(json.loads(version.text or ""), indent=1))
    assert plan(desired, replace(actual, policies={policy.name: replace(policy, versions=(spaced,))})).digest == digest
    digests = {plan(desired, other).digest for other in moved(actual)}
    digests.add(plan(wanted(grant("a", allowing("x"), "role/ci"), grant("b", allowing("z"))), actual).digest)
    digests.add(plan(wanted(grant("a", allowing("x"), "role/ci")), actual).digest)
    assert len(digests | {digest}) == 6
    assert desired_state(PAY, []).policies == {}
    assert Create(desired.policies["ecrgen.pay.b"]) in plan(desired, actual).changes
    assert not any(isinstance(change, Delete) for change in plan(desired, actual).changes)


def test_the_worked_example_of_the_order() -> None:
    """The example at the head of the module is what the module does."""
    assert doctest.testmod(order) == (0, 1)


STRANGER = "role/stranger"


def condition(*tags: str) -> dict[str, object]:
    return {"StringEquals": {"aws:ResourceTag/team": list(tags)}}


def tagged(*conditions: dict[str, object], effect: str = "Allow") -> PolicyDocument:
    """A document with a statement about x for each of these conditions, and an Allow of y where they deny."""
    statements = [
        {"Effect": effect, "Action": "ecr:PutImage", "Resource": repository("x"), "Condition": each}
        for each in conditions
    ]
    if effect == "Deny":
        statements.append({"Effect": "Allow", "Action": "ecr:PutImage", "Resource": repository("y")})
    return PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statements})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (allowing("x", "y"), allowing("x")),
        (allowing("x", "y"), allowing("x", "y", denied=["y"])),
        (allowing("x", "y"), allowing("x", denied=["z"])),
        (allowing("team/*"), allowing("team/web", "team/api")),
        (tagged(condition("a"), condition("b"), condition("c")), tagged(condition("a", "b"))),
        (tagged(condition("a", "b"), effect="Deny"), tagged(condition("a"), condition("b", "c"), effect="Deny")),
    ],
    ids=["list", "a deny of what it allows", "a deny", "prefix", "values", "values of a deny"],
)
def test_a_stranger_blocks_no_change_that_only_narrows(old: PolicyDocument, new: PolicyDocument) -> None:
    """A policy that gives less in any spelling is updated without --prune, whoever else has it attached."""
    there = state_of(wanted(grant("a", old, "role/ci", STRANGER)))
    made = plan(wanted(grant("a", new, "role/ci")), there)
    assert [shown(made)[number] for number in made.held(prune=False)] == [f"detach ecrgen.pay.a {STRANGER}"]


def test_a_stranger_is_spared_a_deny_where_it_can_be() -> None:
    """Where the stranger goes with --prune, it goes before the policy denies what another one gives it."""
    other = grant("b", allowing("z"), STRANGER)
    there = state_of(wanted(grant("a", allowing("x"), "role/ci", STRANGER), other))
    made = plan(wanted(grant("a", allowing("x", denied=["z"]), "role/ci"), other), there)
    assert shown(made) == [f"detach ecrgen.pay.a {STRANGER}", "update ecrgen.pay.a"]
    assert made.steps[1].needs == {0}
    assert made.held(prune=False) == {0}
