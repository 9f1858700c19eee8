"""An independent judge of plans: after every step, `evaluate` is asked what each caller has."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, combinations
from typing import Any, NamedTuple

import pytest
from accounts import ACCOUNT, grant, managed, repository, state, wanted

from ecrgen import PolicyDocument, Request, evaluate
from ecrgen.account.desired import Desired, DesiredGrant
from ecrgen.account.state import Grantee, IamState
from ecrgen.errors import EcrgenError
from ecrgen.policy.aws_policies import aws_policy
from ecrgen.provision.changes import Attach, Change, Create, Delete, Detach, Step, Update
from ecrgen.provision.plan import differences, plan

REPOSITORIES = ("p", "q", "team/r")
ACTIONS = ("PutImage", "BatchGetImage")
RESOURCES = (*REPOSITORIES, "*", "team/*")
PEOPLE = ("role/one", "role/two", "user/ann", "group/devs", "group/ops")
# ecrgen has the documents of two of them; the third may allow anything.
MANAGED = ("AmazonEC2ContainerRegistryReadOnly", "AmazonEC2ContainerRegistryPullOnly", "AdministratorAccess")
CONDITIONS: tuple[dict[str, Any], ...] = ({}, {}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}})
# Whatever else somebody may have by policies of others.
ELSE = PolicyDocument.from_dict(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
REQUESTS = tuple(
    Request(f"ecr:{action}", repository(name), f"arn:aws:iam::{ACCOUNT}:role/x", {"aws:MultiFactorAuthPresent": mfa})
    for action in (*ACTIONS, "ListImages")
    for name in (*REPOSITORIES, "team/other", "other")
    for mfa in ("true", "false")
)

Documents = frozenset[PolicyDocument]


class World(NamedTuple):
    """What is in force: the document of each policy by ARN, and who has which policies."""

    documents: dict[str, PolicyDocument]
    attached: frozenset[tuple[str, Grantee]]

    @classmethod
    def of(cls, actual: IamState) -> World:
        documents = {policy.arn: policy.default.document() for policy in actual.policies.values()}
        attached = ((arn, grantee) for grantee, entity in actual.entities.items() for arn in entity.attached)
        return cls(documents, frozenset(attached))

    def after(self, change: Change) -> World:
        match change:
            case Create(policy) | Update(policy):
                return World({**self.documents, policy.arn: policy.document}, self.attached)
            case Attach(attachment):
                return World(self.documents, self.attached | {(attachment.policy, attachment.grantee)})
            case Detach(attachment):
                return World(self.documents, self.attached - {(attachment.policy, attachment.grantee)})
            case Delete(actual):
                return World({arn: each for arn, each in self.documents.items() if arn != actual.arn}, self.attached)
        raise AssertionError(change)

    def can_do(self, change: Change) -> bool:
        """IAM would take the change, in this state, as a plan means it."""
        match change:
            case Attach(attachment, _, document):
                return document is None or self.documents.get(attachment.policy) == document
            case Delete(actual):
                return not any(arn == actual.arn for arn, _ in self.attached)
        return True

    def of_callers(self) -> list[Documents]:
        """The documents of each caller: a role; a user or a member of groups, with every set of groups."""
        held: dict[Grantee, list[PolicyDocument]] = {}
        for arn, grantee in self.attached:
            own = aws_policy(arn)
            document = own.document if own else self.documents.get(arn, ELSE)
            held.setdefault(grantee, []).append(document)
        groups = [Grantee("group", "devs"), Grantee("group", "ops")]
        sets = list(chain.from_iterable(combinations(groups, size) for size in range(3)))
        callers = [(Grantee("role", "one"),), (Grantee("role", "two"),)]
        callers += [(*some, *user) for some in sets for user in ((), (Grantee("user", "ann"),))]
        return [frozenset(each for grantee in caller for each in held.get(grantee, ())) for caller in callers]


@lru_cache(maxsize=100_000)
def access(documents: Documents) -> frozenset[tuple[int, bool]]:
    """The requests that are allowed, by number, without and with whatever else somebody has."""
    return frozenset(
        (number, other)
        for number, request in enumerate(REQUESTS)
        for other in (False, True)
        if evaluate(request, identity=(*documents, *((ELSE,) if other else ()))).allowed
    )


class Judged(NamedTuple):
    """What callers have too much in a state, and what they lack that they have before and after."""

    leaks: int
    gaps: int


def judged(now: World, before: World, after: World) -> Judged:
    leaks = gaps = 0
    for has, had, will in zip(*(map(access, world.of_callers()) for world in (now, before, after)), strict=True):
        leaks += len(has - had - will)
        gaps += len((had & will) - has)
    return Judged(leaks, gaps)


def a_document(chance: random.Random) -> PolicyDocument:
    statements = []
    for effect, most in (("Allow", 2), ("Deny", chance.choice((0, 0, 1, 2)))):
        for _ in range(chance.randint(1 if effect == "Allow" and chance.random() < 0.9 else 0, most) if most else 0):
            statement = {
                "Effect": effect,
                "Action": [f"ecr:{each}" for each in chance.sample(ACTIONS, chance.randint(1, 2))],
                "Resource": repository(chance.choice(RESOURCES)),
            }
            if condition := chance.choice(CONDITIONS):
                statement["Condition"] = condition
            statements.append(statement)
    return PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statements or [DENY_NOTHING]})


DENY_NOTHING = {"Effect": "Deny", "Action": "ecr:PutImage", "Resource": repository("other")}


def a_catalog(chance: random.Random) -> Desired:
    grants = []
    for name in chance.sample("abc", chance.randint(0, 3)):
        to = chance.sample(PEOPLE, chance.randint(1, 2))
        if chance.random() < 0.15:
            grants.append(DesiredGrant(name, "console", tuple(to), managed_policy=chance.choice(MANAGED)))
        else:
            grants.append(grant(name, a_document(chance), *to))
    return wanted(*grants)


def account_of(desired: Desired) -> IamState:
    """An account that holds what a catalog says; AWS's own policies by their ARN."""
    attached: dict[str, list[str]] = {name: [] for name in PEOPLE}
    for attachment in desired.attachments:
        attached[str(attachment.grantee)].append(attachment.policy)
    return state([managed(policy.name, policy.document) for policy in desired.policies.values()], attached)


def end_of(changes: tuple[Change, ...], start: World) -> World:
    for change in sorted(changes, key=lambda change: isinstance(change, Attach | Delete)):
        start = start.after(change)
    return start


def walks(steps: Sequence[Step], chance: random.Random) -> Iterator[int]:
    """The numbers of a plan's steps, in one of the orders that it allows."""
    done: set[int] = set()
    while ready := [n for n, step in enumerate(steps) if n not in done and step.needs <= done]:
        number = chance.choice(ready)
        done.add(number)
        yield number


def best(changes: tuple[Change, ...], before: World, after: World) -> int | None:
    """The fewest gaps of any order without a leak, of all there are; None where every order leaks."""
    states: dict[frozenset[int], tuple[World, int]] = {frozenset(): (before, 0)}
    for _ in changes:
        following: dict[frozenset[int], tuple[World, int]] = {}
        for done, (world, gaps) in states.items():
            for number, change in enumerate(changes):
                if number in done or not world.can_do(change):
                    continue
                key = done | {number}
                then = world.after(change)
                found = judged(then, before, after)
                if found.leaks == 0 and (key not in following or gaps + found.gaps < following[key][1]):
                    following[key] = (then, gaps + found.gaps)
        states = following
    return min((gaps for _, gaps in states.values()), default=None)


def judge_states(seeds: range, enough: int) -> Counter[str]:
    """Random plans walked in random orders: the number of states, leaks, gaps and refusals that need not be."""
    counted: Counter[str] = Counter()
    for seed in seeds:
        chance = random.Random(seed)
        old, new = a_catalog(chance), a_catalog(chance)
        if chance.random() < 0.1:
            new = wanted()  # as destroy
        actual = account_of(old)
        changes = tuple(differences(new, actual))
        before = World.of(actual)
        after = end_of(changes, before)
        known = all("AdministratorAccess" not in arn for arn, _ in after.attached)
        try:
            steps = plan(new, actual).steps
        except EcrgenError:
            counted["refused"] += 1
            if known and best(changes, before, after) is not None:
                counted["refused though there is an order"] += 1
            continue
        world, gaps = before, 0
        for number in walks(steps, chance):
            world = world.after(steps[number].change)
            found = judged(world, before, after)
            counted["states"] += 1
            counted["leaks"] += found.leaks > 0
            gaps += found.gaps
        assert world == after
        if gaps and known and best(changes, before, after) == 0:
            counted["gaps that need not be"] += 1
        if counted["states"] >= enough:
            break
    return counted


def test_no_state_of_a_plan_gives_too_much() -> None:
    """In every state of random plans nobody has more than before or after, nor less than both where that can be."""
    found = judge_states(range(10_000), 400)
    assert (found["leaks"], found["gaps that need not be"], found["refused though there is an order"]) == (0, 0, 0)


@pytest.mark.slow
def test_ten_thousand_states_give_nobody_too_much() -> None:
    """The same of 10,000 states."""
    found = judge_states(range(10_000, 1_000_000), 10_000)
    assert (found["leaks"], found["gaps that need not be"], found["refused though there is an order"]) == (0, 0, 0)
