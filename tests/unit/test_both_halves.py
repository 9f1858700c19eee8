"""Changes of resource policies among those of IAM: what is planned, what is refused, and no leak in between."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import pytest
from accounts import ACCOUNT, allowing, grant, state_of, wanted
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from ecrgen.account.desired import Desired
from ecrgen.account.resource_policies import Listed, ResourcePolicies, Resources, SharedPlace
from ecrgen.account.shared_document import SharedDocument
from ecrgen.catalog.halves import ResourceHalf
from ecrgen.catalog.places import Registry, Repositories, Repository
from ecrgen.catalog.sids import sid_of
from ecrgen.errors import EcrgenError
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.evaluate import evaluate
from ecrgen.policy.request import Request
from ecrgen.provision.changes import Attach, Change, Detach, Plan, Update
from ecrgen.provision.plan import plan
from ecrgen.provision.set_statements import SetStatements

REGISTRY = Registry(ACCOUNT, "us-east-1")
ROLE = "arn:aws:iam::444455556666:role/ci"
OWN = f"arn:aws:iam::{ACCOUNT}:role/ci"
ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
THEIRS = {"Sid": "theirs", "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "ecr:ListImages"}
ACTIONS = ("ecr:BatchGetImage", "ecr:PutImage")


def repository(name: str) -> Repository:
    return Repository(f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{name}")


WEB, API = repository("web"), repository("api")


def saying(name: str, number: int = 1, *actions: str, to: str = ROLE, at: SharedPlace = WEB) -> Statement:
    """What a grant says somewhere, to a role or, by the name of `*`, to an organization."""
    everybody = to == "*"
    return Statement.from_dict(
        {
            "Sid": sid_of("pay", name, number),
            "Effect": "Allow",
            "Principal": "*" if everybody else {"AWS": to},
            "Action": list(actions or ACTIONS[:1]),
            **({"Condition": ORGANIZATION} if everybody else {}),
            **({"Resource": WEB.arn} if isinstance(at, Registry) else {}),
        }
    )


Said = dict[SharedPlace, tuple[Statement, ...]]


def holding(said: Said, others: Iterable[dict[str, Any]] = ()) -> ResourcePolicies:
    documents = {}
    for place, statements in said.items():
        empty = SharedDocument("pay", {"Version": "2012-10-17", "Statement": [*others]} if others else None)
        documents[place] = empty.with_ours(each.to_dict() for each in statements)
    return ResourcePolicies(documents)


def planned(asked: Said, there: Said, desired: Desired | None = None, actual: Desired | None = None) -> Plan:
    places = dict.fromkeys((*asked, *there), ())
    resources = Resources("pay", asked, holding({**places, **there}))
    return plan(desired or wanted(), state_of(actual or wanted(), "role/ci"), resources)


def shown(made: Plan) -> list[tuple[str, list[str], bool]]:
    """Each change of a document: where, the Sids of ours afterwards, and whether it takes away."""
    changes = [each for each in made.changes if isinstance(each, SetStatements)]
    return [(str(each.place), [str(one["Sid"]) for one in each.after.ours], each.goes) for each in changes]


def test_added_and_changed_then_taken_away() -> None:
    """What a grant says is set without --prune; what grants that ask for nothing there say goes with it."""
    asked: Said = {WEB: (saying("ci"), saying("new"))}
    made = planned(asked, {WEB: (saying("ci", 1, "ecr:PutImage"), saying("old")), API: (saying("old"),)})
    ci, new, old = (sid_of("pay", name, 1) for name in ("ci", "new", "old"))
    assert shown(made) == [(WEB.arn, [ci, new, old], False), (API.arn, [], True), (WEB.arn, [ci, new], True)]
    assert sorted(made.held(prune=False)) == [1, 2]
    assert made.steps[2].needs >= {0}
    assert planned(asked, asked).steps == ()


def test_a_grant_with_less_to_say_is_changed() -> None:
    """A statement of a grant that still says something there goes without --prune: the grant is narrowed."""
    made = planned({WEB: (saying("ci"),)}, {WEB: (saying("ci"), saying("ci", 2))})
    assert shown(made) == [(WEB.arn, [sid_of("pay", "ci", 1)], False)]


def test_only_the_grants_that_are_meant() -> None:
    """With --only, statements of other grants stay, and whatever nobody explains does, too."""
    there: Said = {WEB: (saying("ci", 1, "ecr:PutImage"), saying("old"))}
    resources = Resources("pay", {WEB: (saying("ci"),)}, holding(there))
    made = plan(wanted(only=["ci"]), state_of(wanted()), resources)
    assert shown(made) == [(WEB.arn, [sid_of("pay", "ci", 1), sid_of("pay", "old", 1)], False)]


def test_what_goes_makes_room() -> None:
    """Where a document has no room for what comes beside what goes, that goes first, and the rest waits for it."""
    long = [f"arn:aws:iam::444455556666:role/{'x' * 50}{number:04}" for number in range(90)]
    old = Statement.from_dict({**saying("old").to_dict(), "Principal": {"AWS": long}})
    new = Statement.from_dict({**saying("new").to_dict(), "Principal": {"AWS": long}})
    made = planned({WEB: (new,)}, {WEB: (old,)})
    assert shown(made) == [(WEB.arn, [], True), (WEB.arn, [sid_of("pay", "new", 1)], False)]
    assert made.steps[1].needs == {0}
    assert made.held(prune=False) == {0, 1}
    with pytest.raises(EcrgenError) as raised:
        planned({WEB: (new, Statement.from_dict({**new.to_dict(), "Sid": sid_of("pay", "more", 1)}))}, {})
    (problem,) = raised.value.problems
    assert problem.startswith(f"{WEB}: its policy would have 1")
    size = int(problem.split("would have ")[1].split()[0])
    assert f"{size - 10240} more than AWS takes" in problem


def test_what_is_not_there_is_found() -> None:
    """A repository that a grant names and that does not exist stops the plan, with the grants' names."""
    read = ResourcePolicies(missing=(WEB, API))
    resources = Resources("pay", {WEB: (saying("ci"), saying("web"))}, read)
    with pytest.raises(EcrgenError) as raised:
        plan(wanted(), state_of(wanted()), resources)
    assert raised.value.problems == (f"ci and web: {WEB} does not exist; create it, or correct the name",)


def test_a_pattern_among_repositories_that_nobody_knows() -> None:
    """Where a region's repositories could not be listed, what the grant of a pattern says in one does not go."""
    half = ResourceHalf(Repositories(f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*"), (saying("all"),))
    read = holding({WEB: (saying("all"), saying("old"), saying("ci"))})
    unread = Listed(unread={"us-east-1": "denied"})
    resources = Resources("pay", {WEB: (saying("ci"),)}, read, (half,), unread)
    made = plan(wanted(), state_of(wanted()), resources)
    assert shown(made) == [(WEB.arn, [sid_of("pay", "all", 1), sid_of("pay", "ci", 1)], True)]
    assert resources.left_alone() == ["denied"]


def test_what_could_not_be_read_is_left_alone() -> None:
    """A document that nobody could read is changed by no plan."""
    resources = Resources("pay", {WEB: (saying("ci"),)}, ResourcePolicies(unread={WEB: "denied"}))
    assert plan(wanted(), state_of(wanted()), resources).steps == ()


def test_variables_in_a_document_of_others() -> None:
    """A variable of ours is plain text in a document of 2008, which is not ours to change: the plan is refused."""
    tag = {"Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}}
    speaking = Statement.from_dict({**saying("ci").to_dict(), **tag})
    old = SharedDocument("pay", {"Version": "2008-10-17", "Statement": [THEIRS]})
    resources = Resources("pay", {WEB: (speaking,)}, ResourcePolicies({WEB: old}))
    with pytest.raises(EcrgenError, match="another Version"):
        plan(wanted(), state_of(wanted()), resources)


def test_gained_first_lost_last() -> None:
    """Who moves from one document to another, or to an identity policy, has it there before it goes here."""
    moved = planned({REGISTRY: (saying("ci", at=REGISTRY),)}, {WEB: (saying("ci"),)})
    assert [str(each.change.place) for each in moved.steps if isinstance(each.change, SetStatements)] == [
        str(REGISTRY),
        WEB.arn,
    ]
    assert moved.steps[1].sparing == {0}
    desired = wanted(grant("ci", allowing("web"), "role/ci"))
    made = planned({}, {WEB: (saying("ci", to="*"),)}, desired)
    *_, last = made.steps
    assert isinstance(last.change, SetStatements)
    assert {type(made.steps[number].change).__name__ for number in last.sparing} == {"Create", "Attach"}


def test_the_digest_covers_ours_and_not_theirs() -> None:
    """A digest is another one where ours moved, and the same where others wrote something."""
    asked: Said = {WEB: (saying("ci"),)}

    def digest(said: Said, others: Iterable[dict[str, Any]] = ()) -> str:
        return plan(wanted(), state_of(wanted()), Resources("pay", asked, holding(said, others))).digest

    assert digest({WEB: ()}) == digest({WEB: ()}, [THEIRS])
    assert digest({WEB: ()}) != digest(asked)
    assert digest(asked) != digest({WEB: (saying("ci", 1, "ecr:PutImage"),)})
    nothing = Resources("pay", {}, ResourcePolicies())
    assert plan(wanted(), state_of(wanted()), nothing).digest == plan(wanted(), state_of(wanted())).digest


NAMES = ("web", "api")
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/me"
MEMBER = {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}
REQUESTS = [Request(action, repository(name).arn, CALLER, MEMBER) for action in ACTIONS for name in NAMES]


class World:
    """What role/ci of the registry's own account has, as changes are done."""

    def __init__(self, actual: Desired, said: Said) -> None:
        self.documents = {policy.arn: policy.document for policy in actual.policies.values()}
        self.attached = {attachment.policy for attachment in actual.attachments}
        self.said: dict[SharedPlace, PolicyDocument] = {
            place: PolicyDocument(statements) for place, statements in said.items() if statements
        }

    def do(self, change: Change) -> None:
        match change:
            case SetStatements(place):
                self.said.pop(place, None)
                after = change.said()[1]
                if after is not None:
                    self.said[place] = after
            case Attach(attachment):
                self.attached.add(attachment.policy)
            case Detach(attachment):
                self.attached.discard(attachment.policy)
            case Update(policy):
                self.documents[policy.arn] = policy.document
            case _:
                if hasattr(change, "policy"):
                    self.documents[change.policy.arn] = change.policy.document

    def access(self) -> set[int]:
        identity = [self.documents[arn] for arn in sorted(self.attached)]
        out = set()
        for number, request in enumerate(REQUESTS):
            here = [each for place, each in self.said.items() if str(place) == request.resource]
            if evaluate(request, identity=identity, resource=here).allowed:
                out.add(number)
        return out


IDENTITY = st.lists(
    st.tuples(
        st.sampled_from(["fence", "gate", "more"]),
        st.lists(st.sampled_from(NAMES), unique=True, max_size=2),
        st.lists(st.sampled_from(NAMES), unique=True, max_size=2),
        st.sampled_from(["PutImage", "BatchGetImage", "PutImage BatchGetImage"]),
    ).filter(lambda each: each[1] or each[2]),
    unique_by=lambda each: each[0],
    max_size=3,
).map(lambda rows: wanted(*(grant(n, allowing(*a, denied=d, actions=x), "role/ci") for n, a, d, x in rows)))


SOME = st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2, unique=True)


@st.composite
def documents(draw: st.DrawFn) -> Said:
    """What grants say in two repositories, to an organization, or to a role of another account or of the registry's."""
    said: Said = {}
    for place in (WEB, API):
        names = draw(st.lists(st.sampled_from(["org", "team", "fence"]), unique=True, max_size=2))
        said[place] = tuple(saying(name, 1, *draw(SOME), to=draw(st.sampled_from(["*", ROLE, OWN]))) for name in names)
    return said


def downward_closed(made: Plan, done: frozenset[int], held: frozenset[int]) -> bool:
    return all(made.needs(number, held) <= done for number in done)


@settings(max_examples=300, deadline=None)
@given(IDENTITY, IDENTITY, documents(), documents(), st.booleans())
def test_no_state_between_gives_more(old: Desired, new: Desired, there: Said, asked: Said, prune: bool) -> None:
    """Whatever steps are done, each after those it needs, role/ci has nothing by both that neither side gives."""
    try:
        made = planned(asked, there, new, old)
    except EcrgenError:  # where no order of changes is safe
        reject()
    whole = World(old, there)
    for change in made.changes:
        whole.do(change)
    bound = World(old, there).access() | whole.access()
    held = made.held(prune=prune)
    numbers = [number for number in range(len(made.steps)) if number not in held]
    for size in range(len(numbers) + 1 if len(numbers) <= 7 else 0):
        for some in itertools.combinations(numbers, size):
            done = frozenset(some)
            if downward_closed(made, done, held):
                between = World(old, there)
                for number in some:
                    between.do(made.changes[number])
                assert between.access() <= bound, [made.changes[number] for number in some]
