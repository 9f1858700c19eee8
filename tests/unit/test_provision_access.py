"""Who gains and loses what by a plan: each grantee by itself, of all that it has in the namespace."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator

import pytest
from accounts import ACCOUNT, PREFIX, READ_ONLY, allowing, grant, managed, repository, state, state_of, wanted
from hypothesis import given, settings
from hypothesis import strategies as st
from random_policies import effect, policies, requests
from test_access_properties import changes, tells

from ecrgen.account.desired import Desired, DesiredGrant
from ecrgen.account.state import Attachment, Grantee, IamState
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Target
from ecrgen.cli.planned import Planned
from ecrgen.cli.views import PLAN, lines
from ecrgen.errors import EcrgenError
from ecrgen.policy import reference
from ecrgen.policy.access.wording import HOLDER
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Request, evaluate
from ecrgen.proof.operations import Situation, question
from ecrgen.proof.whole import told
from ecrgen.provision.access import access_of
from ecrgen.provision.changes import Plan
from ecrgen.provision.kept import kept
from ecrgen.provision.plan import plan

CATALOG = Catalog.load()
HOME = Target("aws", ACCOUNT, ("us-east-1",))


def rendered(persona: str, *repositories: str, guards: Iterable[str] = ()) -> PolicyDocument:
    return CATALOG.render(persona, repo=list(repositories), account=ACCOUNT, region="us-east-1", guards=list(guards))


PULL, PUSH = rendered("pull", "team/web"), rendered("push", "team/web")


def access(made: Plan, actual: IamState, *, prune: bool = True) -> dict[str, list[str]]:
    """What a plan says of each grantee, in words."""
    found = access_of(made, actual, CATALOG.operations, prune=prune)
    return {
        str(each.grantee): [line.words(HOME) + (" (waits)" if line.waits else "") for line in each.lines]
        for each in found
    }


def said(old: Desired, new: Desired, *others: str, prune: bool = True) -> dict[str, list[str]]:
    actual = state_of(old, *others)
    return access(plan(new, actual), actual, prune=prune)


def test_a_new_grantee_of_a_policy_that_stays() -> None:
    """Who gets a policy that does not change gains what it gives, in operations; who had it is not concerned."""
    one, two = grant("web", PUSH, "role/ci"), grant("web", PUSH, "role/ci", "group/devs")
    assert said(wanted(one), wanted(two), "group/devs") == {"group/devs": ["gains push on team/web", "gains login"]}


def test_a_grantee_that_leaves() -> None:
    """Who loses a policy loses what it gives, which waits for --prune without it."""
    one, two = grant("web", PUSH, "role/ci"), grant("web", PUSH, "role/ci", "group/devs")
    assert said(wanted(two), wanted(one)) == {"group/devs": ["loses push on team/web", "loses login"]}
    assert said(wanted(two), wanted(one), prune=False) == {
        "group/devs": ["loses push on team/web (waits)", "loses login (waits)"]
    }


def test_a_grantee_that_moves() -> None:
    """Who has the same by another policy gains and loses nothing, also while the old one waits for --prune."""
    old, new = wanted(grant("a", PUSH, "role/ci")), wanted(grant("b", PUSH, "role/ci"))
    assert said(old, new) == said(old, new, prune=False) == {"role/ci": []}


def test_two_grantees_that_cross() -> None:
    """What one gains is not what the other loses: both are said."""
    old = wanted(grant("a", PUSH, "role/one"), grant("b", PULL, "role/two"))
    new = wanted(grant("a", PUSH, "role/two"), grant("b", PULL, "role/one"))
    assert said(old, new) == {
        "role/one": ["gains pull on team/web", "loses push on team/web"],
        "role/two": ["gains push on team/web", "loses pull on team/web"],
    }


def test_what_moves_between_parts_is_neither_gained_nor_lost() -> None:
    """All parts of before stand against all parts of after: a repository in another part is had as before."""
    old = wanted(grant("a", allowing("x", "m"), "role/ci"), grant("b", allowing("y"), "role/ci"))
    new = wanted(grant("a", allowing("x"), "role/ci"), grant("b", allowing("y", "m", "z"), "role/ci"))
    assert said(old, new) == {"role/ci": ["gains ecr:PutImage on z"]}


def test_what_another_policy_gives_as_well_is_not_lost() -> None:
    """What a policy that stays gives as well is not lost, by those who have it."""
    old = wanted(grant("a", allowing("x", "m"), "role/one", "role/two"), grant("b", allowing("m"), "role/one"))
    new = wanted(grant("a", allowing("x"), "role/one", "role/two"), grant("b", allowing("m"), "role/one"))
    assert said(old, new) == {"role/one": [], "role/two": ["loses ecr:PutImage on m"]}


def planned(new: Desired, actual: IamState, **more: object) -> Planned:
    return Planned(
        plan(new, actual), new, actual, prune=True, regions=HOME.regions, operations=CATALOG.operations, **more
    )  # type: ignore[arg-type]


def test_an_unattached_policy_hides_nothing() -> None:
    """A document that nobody has is nobody's access: beside one with `ecr:*`, pull that becomes push is push gained."""
    star = allowing("*", actions="*")
    actual = state(
        [managed("ecrgen.pay.web", PULL), managed("ecrgen.pay.web.2", star)], {"role/ci": ["ecrgen.pay.web"]}
    )
    made = planned(wanted(grant("web", PUSH, "role/ci")), actual)
    assert access(made.plan, actual) == {"role/ci": ["gains push on team/web", "loses pull on team/web"]}
    text = "\n".join(lines(PLAN, made))
    assert "ecrgen.pay.web.2: attached to nobody; nobody gains or loses" in text
    assert "ecr:*" not in text
    assert "ecr:*" not in "\n".join(lines(PLAN, made, "markdown"))


def test_policies_that_no_grant_explains() -> None:
    """Another namespace's name, a part that a grant has not, and a part after a gap are no grant's; each says why."""
    names = ["ecrgen.OTHER.web", "ecrgen.pay.web.2", "ecrgen.pay.gone", "ecrgen.pay.gone.2", "ecrgen.pay.gone.7", "x"]
    policies_there = [managed(name, PULL) for name in ("ecrgen.pay.web", *names)]
    actual = state(
        policies_there, {"role/ci": ["ecrgen.pay.web", "ecrgen.OTHER.web"], "role/old": ["ecrgen.OTHER.web"]}
    )
    made = planned(wanted(grant("web", PULL, "role/ci")), actual)
    assert made.plan.foreign == {
        "ecrgen.OTHER.web": "no grant of namespace pay gives a policy this name",
        "ecrgen.pay.gone.7": "it says part 7 of grant gone, which has no part before it",
        "ecrgen.pay.web.2": "grant web has no part 2",
        "x": "no grant of namespace pay gives a policy this name",
    }
    text = list(lines(PLAN, made))
    apart = text[text.index("(no grant)") : text.index("gone")]
    assert "    ecrgen.pay.web.2 belongs to no grant: grant web has no part 2" in apart
    assert "    ecrgen.pay.web.2: attached to nobody; nobody gains or loses" in apart
    assert access(made.plan, actual) == {
        "role/ci": [],
        "role/old": ["loses pull on team/web", "loses login"],
    }
    assert {made.plan.grant_of(change) for change in made.plan.changes} == {None, "gone"}


def test_a_policy_for_nobody() -> None:
    """A policy without grantees is made, and nobody gains or loses."""
    made = planned(wanted(grant("web", PUSH)), state())
    shown = list(lines(PLAN, made))
    assert shown[2:8] == [
        "web",
        "  + create policy ecrgen.pay.web",
        "    ecrgen.pay.web: attached to nobody; nobody gains or loses",
        "",
        "access",
        "    nobody gains or loses",
    ]


def test_the_plan_as_text() -> None:
    """The account and the regions stand on the first line; the access of all by name, what they share together."""
    old = wanted(grant("web", PULL, "role/ci", "user/ann"), grant("same", PULL, "role/moves"))
    new = wanted(grant("web", PUSH, "role/ci", "group/devs"), grant("other", PULL, "role/moves"))
    made = planned(new, state_of(old, "group/devs"))
    shown = list(lines(PLAN, made))
    assert shown[0] == "namespace pay in account 123456789012 (aws), region us-east-1"
    assert shown[shown.index("access") : -3] == [
        "access",
        "  + group/devs gains push on team/web",
        "  + group/devs gains login",
        "  + role/ci gains push on team/web",
        "  - role/ci loses pull on team/web",
        "    role/moves gains and loses nothing",
        "  - user/ann loses pull on team/web",
        "  - user/ann loses login",
    ]


def test_the_plan_as_markdown() -> None:
    """The same in a table, those who gain and lose the same in one row."""
    new = wanted(grant("web", PUSH, "role/ci", "group/devs"))
    made = planned(new, state_of(wanted(), "role/ci", "group/devs"))
    assert "| group/devs<br>role/ci | gain push on team/web<br>gain login | nothing |" in lines(PLAN, made, "markdown")


def test_what_cannot_be_read_or_known() -> None:
    """Of a policy that cannot be read, and of AWS's own that is not known, it is said that nobody knows."""
    odd = managed("ecrgen.pay.web", PULL)
    odd = type(odd)(odd.arn, (type(odd.default)("v1", "", "{}"),), "v1")
    actual = state([odd], {"role/ci": ["ecrgen.pay.web"]})
    new = wanted(
        grant("web", PULL, "role/ci"),
        DesiredGrant("all", "operator", ("role/ci",), managed_policy="AdministratorAccess"),
    )
    assert access(plan(new, actual), actual) == {
        "role/ci": [
            "gains what AWS's own AdministratorAccess says, now and in future",
            "loses whatever ecrgen.pay.web gives, which cannot be read",
            "gains pull on team/web",
            "gains login",
        ]
    }


def test_what_of_aws_stays_is_said_and_counts() -> None:
    """AWS's own policy that no grant asks for stays: what it gives is nothing new, and how to take it away is said."""
    actual = state(attached={"role/ci": [READ_ONLY]})
    new = wanted(grant("web", rendered("pull", "team/web", guards=["mfa"]), "role/ci"))
    made = planned(new, actual, kept=kept(actual, ()))
    assert access(made.plan, actual) == {"role/ci": []}
    stays = (
        "AWS's own AmazonEC2ContainerRegistryReadOnly stays attached to role/ci, for which no grant asks; to take it "
        f"away: aws iam detach-role-policy --role-name ci --policy-arn {READ_ONLY}"
    )
    assert stays in lines(PLAN, made)
    assert kept(actual, {Attachment(READ_ONLY, Grantee("role", "ci"))}) == ()
    unchanged = Planned(plan(wanted(), actual), wanted(), actual, kept=kept(actual, ()))
    assert stays in lines(PLAN, unchanged)
    assert f"- {stays}" in next(line for line in lines(PLAN, unchanged, "markdown") if "stays" in line).replace(
        "\\", ""
    )


PULLS = "BatchGetImage GetDownloadUrlForLayer"
DENIED = "ecr:BatchGetImage, ecr:GetDownloadUrlForLayer"
UNLESS_MFA = PolicyDocument.from_dict(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Deny",
            "Action": "ecr:BatchGetImage",
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        },
    }
)
NO_PULL = "is newly denied ecr:BatchGetImage on * without MFA"
MFA = rendered("push", "team/web", guards=["mfa"])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ((), (PUSH, PULL), ["gains login", "gains pull, push on team/web"]),
        ((PUSH,), (MFA,), ["newly needs MFA for login", "newly needs MFA for push on team/web"]),
        (
            (MFA,),
            (PULL,),
            [
                "gains pull on team/web",
                "loses push on team/web with MFA",
                "no longer needs MFA for ecr:BatchGetImage on team/web",
                "no longer needs MFA for login",
            ],
        ),
        ((), (allowing("x", actions="BatchGetImage"),), ["gains ecr:BatchGetImage on x"]),
        ((), (allowing("x", actions="ListImages DescribeImages PutImage"),), ["gains list, ecr:PutImage on x"]),
        (
            (),
            (PULL, allowing(actions="BatchGetImage", denied=["team/*"])),
            ["gains login", "gains mount on team/web", "is newly denied ecr:BatchGetImage on team/*"],
        ),
        ((), (PULL, UNLESS_MFA), ["gains login", "gains mount, ecr:BatchGetImage on team/web", NO_PULL]),
        (
            (),
            (rendered("pull-prefix", "team/*"), allowing(actions=PULLS, denied=["team/secret"])),
            ["gains login", "gains pull on team/* (except team/secret)", f"is newly denied {DENIED} on team/secret"],
        ),
        ((), (allowing("x", "repository", actions="*"),), ["gains ecr:* on repository, x"]),
    ],
    ids=["both", "guard", "another guard", "no login", "beside", "deny", "deny without MFA", "deny of one", "wildcard"],
)
def test_operations_where_they_are_whole(
    old: tuple[PolicyDocument, ...], new: tuple[PolicyDocument, ...], words: list[str] | None
) -> None:
    """An operation is named where all of it, and of what it needs, is there; else the API actions are."""
    found = sorted(each.words(HOLDER, HOME) for each in told(CATALOG.operations, old, new))
    assert found == words


ROLES = ("group/one", "group/two")
NAMES = ("aa", "bb", "cc")


@st.composite
def namespaces(draw: st.DrawFn) -> Desired:
    """A few grants with random documents, each to some of the roles."""
    names = sorted(draw(st.frozensets(st.sampled_from("abc"), max_size=3)))
    to = st.frozensets(st.sampled_from(ROLES)).map(sorted)
    return wanted(*(grant(name, draw(policies(version="2012-10-17")), *draw(to)) for name in names))


def can_be(request: Request) -> bool:
    """Whether AWS can be asked this: what works on repositories is never asked of anything else."""
    known = reference.action(request.action)
    name = r"arn:aws:ecr:[a-z0-9-]+:123456789012:repository/[a-z][a-z0-9/]*"
    return known is None or known.resource_types != ("repository",) or bool(re.fullmatch(name, request.resource))


def documents_of(desired: Desired, role: str) -> list[PolicyDocument]:
    """The documents that a role has by a catalog, from the catalog alone."""
    own = {policy.arn: policy.document for policy in desired.policies.values()}
    return [own[a.policy] for a in sorted(desired.attachments) if str(a.grantee) == role]


@settings(max_examples=120, deadline=None)
@given(old=namespaces(), new=namespaces(), asked=st.lists(requests(), min_size=8, max_size=12), prune=st.booleans())
def test_what_is_said_of_a_grantee_is_what_is_decided_for_it(
    old: Desired, new: Desired, asked: list[Request], prune: bool
) -> None:
    """Every decision that differs for a grantee before and after is told of it; of whom nothing is told none does."""
    actual = state_of(old, *ROLES)
    try:
        made = plan(new, actual)
    except EcrgenError:
        return
    found = {str(each.grantee): each.lines for each in access_of(made, actual, CATALOG.operations, prune=prune)}
    for role in ROLES:
        before, after = documents_of(old, role), documents_of(new, role)
        differences = [each for line in found.get(role, ()) if line.told for each in line.told.differences]
        for request in filter(can_be, asked):
            was, becomes = effect(request, before), effect(request, after)
            if was != becomes:
                spoken = {(each.direction, each.effect) for each in differences if tells(each, request)}
                for direction, effects in changes(was, becomes):
                    assert any((direction, each) in spoken for each in effects), f"{role}: {request}: {was}, {becomes}"


ACTIONS = ("BatchGetImage", "GetDownloadUrlForLayer", "PutImage", "ListImages", "DescribeImages")


@st.composite
def plain(draw: st.DrawFn) -> PolicyDocument:
    """A document without conditions: allowing and denying actions on repositories."""
    some = st.frozensets(st.sampled_from(ACTIONS), min_size=1).map(lambda names: " ".join(sorted(names)))
    where = st.frozensets(st.sampled_from((*NAMES, "*", "a*")), min_size=1).map(sorted)
    statements = list(allowing(*draw(where), actions=draw(some)).statements)
    if draw(st.booleans()):
        statements += allowing(actions=draw(some), denied=draw(where)).statements
    if draw(st.booleans()):
        statements += allowing("*", actions="GetAuthorizationToken").statements
    return PolicyDocument(tuple(statements))


@st.composite
def plain_namespaces(draw: st.DrawFn) -> Desired:
    names = sorted(draw(st.frozensets(st.sampled_from("pq"), max_size=2)))
    to = st.frozensets(st.sampled_from(ROLES)).map(sorted)
    return wanted(*(grant(name, draw(plain()), *draw(to)) for name in names))


def decisions(documents: list[PolicyDocument]) -> dict[tuple[str, str], bool]:
    asked = [(f"ecr:{action}", repository(name)) for action in ACTIONS for name in (*NAMES, "ab")]
    asked.append(("ecr:GetAuthorizationToken", "*"))
    return {
        (action, resource): evaluate(Request(action, resource), identity=documents).allowed
        for action, resource in asked
    }


def operations_of(documents: list[PolicyDocument], name: str) -> bool:
    """Whether all of an operation is allowed on a repository, asked step by step."""
    operation, _, resource = name.partition(" ")
    asked = question(CATALOG, operation, resource or None, Situation(HOME))
    return all(evaluate(step.request, identity=documents).allowed for step in asked.steps)


def spoken_of(lines_of: Iterable[object], direction: str) -> Iterator[tuple[str, str]]:
    for action, resource in decisions([]):
        request = Request(action, resource)
        if any(
            each.direction == direction and each.effect == "Allow" and tells(each, request)
            for line in lines_of
            for each in line.told.differences  # type: ignore[attr-defined]
        ):
            yield action, resource


@settings(max_examples=150, deadline=None)
@given(old=plain_namespaces(), new=plain_namespaces())
def test_the_union_of_what_is_said_is_the_difference(old: Desired, new: Desired) -> None:
    """Without conditions, exactly what is newly allowed is said to be gained, and exactly what no longer is, lost."""
    actual = state_of(old, *ROLES)
    try:
        made = plan(new, actual)
    except EcrgenError:
        return
    found = {str(each.grantee): each.lines for each in access_of(made, actual, CATALOG.operations, prune=True)}
    for role in ROLES:
        before, after = documents_of(old, role), documents_of(new, role)
        was, becomes = decisions(before), decisions(after)
        gained = {key for key in was if becomes[key] and not was[key]}
        assert set(spoken_of(found.get(role, ()), "gained")) == gained
        assert set(spoken_of(found.get(role, ()), "lost")) == {key for key in was if was[key] and not becomes[key]}
        for line in found.get(role, ()):
            assert line.told is not None
            sides = (before, after) if line.direction == "gained" else (after, before)
            for operation in line.told.operations:
                for resource in line.told.differences[0].resources:
                    name = resource.pattern.rpartition("repository/")[2]
                    if "*" not in name and not line.told.resourceless:
                        without, having = (operations_of(side, f"{operation} {name}") for side in sides)
                        assert having, f"{operation} {name} is not whole"
                        assert not without, f"{operation} {name} was whole"


def test_the_order_of_a_namespace_makes_no_difference() -> None:
    """The same catalogs in another order say the same of everybody."""
    grants = [grant(name, rendered("push", f"team/{name}{name}"), *ROLES) for name in "abcd"]
    shuffled = random.Random(1).sample(grants, 4)
    assert said(wanted(), wanted(*grants), *ROLES) == said(wanted(), wanted(*shuffled), *ROLES)
    assert PREFIX
