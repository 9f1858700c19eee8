"""The plan of a stack set: what is asked for is there after its steps, and nothing else is touched."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.errors import EcrgenError
from ecrgen.export.stackset.access import access_of
from ecrgen.export.stackset.describe import done_to_set
from ecrgen.export.stackset.plan import plan_of, plan_to_delete
from ecrgen.export.stackset.values import (
    CreateInstances,
    CreateSet,
    DeleteInstances,
    Instance,
    Operation,
    StackSet,
    Step,
    UpdateSet,
    Wanted,
    refuse_foreign,
)

TAGS = {"ecrgen:namespace": "pay", "ecrgen:catalog": "shop"}
UNITS = ("ou-ab12-aaaaaaaa", "ou-ab12-bbbbbbbb", "ou-ab12-cccccccc")
# Which unit each account is in.
ACCOUNTS = {f"{number:012}": UNITS[number % 3] for number in range(1, 8)}
REGIONS = ("us-east-1", "eu-west-1")


def template(*actions: str, to: str = "ci") -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": {"Fn::Sub": "arn:${AWS::Partition}:ecr:*:*:*"}}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    properties = {"ManagedPolicyName": "ecrgen.pay.ci", "PolicyDocument": document, "Roles": [to]}
    return json.dumps({"Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}}})


TEMPLATES = (template("ecr:PutImage"), template("ecr:ListImages"))


def wanted(units: tuple[str, ...], accounts: tuple[str, ...], regions: tuple[str, ...], text: str) -> Wanted:
    members = {a: unit for a, unit in ACCOUNTS.items() if unit in units and (not accounts or a in accounts)}
    return Wanted("s", text, TAGS, regions, units, members, tuple(members) if accounts else ())


@st.composite
def asked(draw: st.DrawFn) -> Wanted:
    units = tuple(draw(st.lists(st.sampled_from(UNITS), min_size=1, unique=True)))
    within = [account for account, unit in ACCOUNTS.items() if unit in units]
    accounts = tuple(draw(st.lists(st.sampled_from(within), unique=True)))
    regions = tuple(draw(st.lists(st.sampled_from(REGIONS), min_size=1, unique=True)))
    return wanted(units, accounts, regions, draw(st.sampled_from(TEMPLATES)))


def after(found: StackSet | None, steps: tuple[Step, ...], plan_for: Wanted) -> StackSet | None:
    """What AWS makes of steps, where nothing fails."""
    for step in steps:
        if isinstance(step, CreateSet):
            found = StackSet("s", plan_for.template, TAGS, True, plan_for.automatic, frozenset())
            continue
        assert found is not None
        there = {(each.account, each.region): each for each in found.instances}
        match step:
            case UpdateSet():
                current = tuple(replace(each, status="CURRENT") for each in found.instances)
                found = replace(found, template=plan_for.template, automatic=plan_for.automatic, instances=current)
            case CreateInstances(targets, regions) | DeleteInstances(targets, regions):
                reached = {
                    (account, region): unit
                    for account, unit in ACCOUNTS.items()
                    for region in regions
                    if unit in targets.units and (not targets.accounts or account in targets.accounts)
                }
                units = found.units
                if isinstance(step, CreateInstances):
                    assert not (targets.accounts and reached.keys() & there.keys())
                    there |= {key: Instance(*key, unit, "CURRENT") for key, unit in reached.items()}
                    units |= set(targets.units)
                else:
                    there = {key: each for key, each in there.items() if key not in reached}
                    units = units - set(targets.units) if not targets.accounts else units
                found = replace(found, units=units, instances=tuple(there.values()))
            case _:
                found = None
    return found


@given(st.lists(asked(), min_size=1, max_size=3), st.booleans(), st.sampled_from(["CURRENT", "OUTDATED"]))
def test_it_converges(wishes: list[Wanted], prune: bool, status: str) -> None:
    """After each plan's steps, every member has a stack of the template, and there is nothing left to do.

    Without --prune nothing is taken away.
    """
    found: StackSet | None = None
    for wish in wishes:
        if found is not None:
            found = replace(found, instances=tuple(replace(each, status=status) for each in found.instances))
        before = {(each.account, each.region) for each in found.instances} if found else set()
        made = plan_of(wish, found, prune=prune)
        found = after(found, made.steps, wish)
        assert found is not None
        there = {(each.account, each.region) for each in found.instances}
        needed = {(account, region) for account in wish.members for region in wish.regions}
        assert needed <= there
        if prune:
            assert there == needed
        else:
            assert before <= there
        assert {each.status for each in found.instances} == {"CURRENT"}
        assert found.template == wish.template
        again = plan_of(wish, found, prune=prune)
        assert again.steps == ()
        assert (again.remarks, again.broken) == ((), ())


@given(asked())
def test_the_same_is_the_same(wish: Wanted) -> None:
    """A plan has one digest, and another template, another account or --prune, where it matters, has another."""
    digest = plan_of(wish, None, prune=False).digest
    assert plan_of(wish, None, prune=True).digest == digest
    assert plan_of(replace(wish, template=template("ecr:DeleteRepository")), None, prune=False).digest != digest
    there = after(None, plan_of(wish, None, prune=False).steps, wish)
    other = replace(wish, units=("ou-ab12-dddddddd",), members={})
    assert plan_of(other, there, prune=True).digest != plan_of(other, there, prune=False).digest


@given(asked())
def test_everything_goes(wish: Wanted) -> None:
    """Deleting leaves nothing, and of nothing there is nothing to delete."""
    there = after(None, plan_of(wish, None, prune=False).steps, wish)
    assert after(there, plan_to_delete("s", there, TAGS).steps, wish) is None
    assert plan_to_delete("s", None, TAGS).steps == ()


def test_a_part_goes() -> None:
    """The stacks of a unit, or of accounts, go alone; the set goes with the last; what is not in it is refused."""
    wish = wanted(UNITS[:2], (), REGIONS, TEMPLATES[0])
    there = after(None, plan_of(wish, None, prune=False).steps, wish)
    one = plan_to_delete("s", there, TAGS, UNITS[:1])
    assert list(map(done_to_set, one.steps)) == [
        "delete instances in all accounts of ou-ab12-aaaaaaaa (eu-west-1, us-east-1)"
    ]
    two = plan_to_delete("s", there, TAGS, (), ("000000000001",))
    assert list(map(done_to_set, two.steps)) == [
        "delete instances in account 000000000001 of ou-ab12-bbbbbbbb (eu-west-1, us-east-1)"
    ]
    left = after(there, one.steps, wish)
    assert left is not None
    assert {each.unit for each in left.instances} == {UNITS[1]}
    assert after(left, plan_to_delete("s", left, TAGS, UNITS[1:2]).steps, wish) is None
    with pytest.raises(EcrgenError) as refused:
        plan_to_delete("s", there, TAGS, UNITS[2:], ("000000000002",))
    assert [each.partition(";")[0] for each in refused.value.problems] == [
        "--ou: ou-ab12-cccccccc: the set was not made for it",
        "--account: 000000000002: has no stack of the set",
    ]


SET = StackSet("s", TEMPLATES[0], TAGS, True, True, frozenset(UNITS[:1]))
FOREIGN = {
    "no tags": (replace(SET, tags={}), "ecrgen did not make it"),
    "self-managed": (replace(SET, service_managed=False), "ecrgen did not make it"),
    "another namespace": (replace(SET, tags={"ecrgen:namespace": "pay2"}), "is of namespace pay2"),
    "another catalog": (
        replace(SET, tags={**TAGS, "ecrgen:catalog": "bank"}),
        "belongs to catalog bank, and this is shop",
    ),
}


@pytest.mark.parametrize("whose", FOREIGN)
def test_somebody_else_s(whose: str) -> None:
    """There is no plan for a set that was not made for this catalog's namespace, nor to delete one."""
    found, said = FOREIGN[whose]
    for planned in (
        lambda: plan_of(wanted(UNITS, (), REGIONS, TEMPLATES[0]), found, prune=False),
        lambda: plan_to_delete("s", found, TAGS),
    ):
        with pytest.raises(EcrgenError, match=said):
            planned()


def test_a_catalog_that_nobody_knows() -> None:
    """Where either side does not say which catalog it is, the namespace decides."""
    refuse_foreign(replace(SET, tags={"ecrgen:namespace": "pay"}), TAGS)
    refuse_foreign(SET, {"ecrgen:namespace": "pay"})


def test_sets_of_registries_and_of_identities() -> None:
    """Neither takes the place of the other; a command that is about either says nothing of it."""
    found = replace(SET, tags={**TAGS, "ecrgen:policy": "registry"})
    refuse_foreign(found, {**TAGS, "ecrgen:policy": "registry"})
    refuse_foreign(found, TAGS)
    with pytest.raises(EcrgenError, match="has policies of kind registry, and these are of kind identity"):
        refuse_foreign(found, {**TAGS, "ecrgen:policy": "identity"})


def test_remarks() -> None:
    """What no step can mend, and what runs, is said; a suspended account is not tried again and again."""
    instances = (
        Instance("000000000003", "us-east-1", UNITS[0], "INOPERABLE", reason="the stack cannot be deleted"),
        Instance("000000000006", "us-east-1", UNITS[0], "OUTDATED", "SKIPPED_SUSPENDED_ACCOUNT"),
    )
    found = replace(SET, instances=instances, operation=Operation("op-1", "UPDATE", "RUNNING"))
    made = plan_of(wanted(UNITS[:1], (), REGIONS[:1], TEMPLATES[0]), found, prune=False)
    assert made.steps == ()
    assert made.remarks[0] == "operation op-1 (UPDATE) is under way; apply waits for it"
    assert [each.partition(";")[0] for each in made.broken] == [
        "account 000000000003 (us-east-1): INOPERABLE (the stack cannot be deleted)"
    ]


def test_words() -> None:
    """A step says what it does, and where."""
    made = plan_of(wanted(UNITS[:2], (), REGIONS, TEMPLATES[1]), SET, prune=False)
    assert list(map(done_to_set, made.steps)) == [
        "update all instances: another template",
        "create instances in all accounts of ou-ab12-bbbbbbbb (us-east-1, eu-west-1)",
        "create instances in accounts 000000000003 and 000000000006 of ou-ab12-aaaaaaaa (us-east-1, eu-west-1)",
    ]


def test_access() -> None:
    """Who gains and loses what is said, for accounts that stay and those that come; of another hand, nobody knows."""
    operations = Catalog.load(builtin_file()).operations
    wish = wanted(UNITS[:2], (), REGIONS[:1], TEMPLATES[1])
    there, come = access_of(plan_of(wish, SET, prune=False), operations, "aws", "us-east-1")
    assert {(each.grantee, each.gains) for each in there.gains} == {("role/ci", True), ("role/ci", False)}
    assert [each.gains for each in come.gains] == [True]
    theirs = plan_of(wish, replace(SET, template="Resources: {}"), prune=False)
    unread = access_of(theirs, operations, "aws", "us-east-1")[0]
    assert unread.unknown == "the template that is there cannot be read, so nobody knows what it gives"
