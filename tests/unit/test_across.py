"""Both halves of a grant across accounts: check asks who can do what by them, and finds what is wrong of either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ecrgen import Catalog
from ecrgen.catalog.halves import Halves, halves_of
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.model import Grant, Target
from ecrgen.catalog.places import Registry
from ecrgen.catalog.sids import sid_of
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.proof.across import both_halves, halves_about
from ecrgen.proof.expectations import Outcome

OWNER, CONSUMER = "111122223333", "444455556666"
TARGET = Target("aws", OWNER, ("us-east-1", "eu-west-1"))
BUILTIN = Catalog.load(builtin_file())
ROLE, USER = f"arn:aws:iam::{CONSUMER}:role/team/ci", f"arn:aws:iam::{CONSUMER}:user/ann"
ACCOUNT, SET = f"account/{CONSUMER}", f"permission-set/{CONSUMER}/Dev"
ORG, UNIT = "org/o-a1b2c3d4e5", "org/o-a1b2c3d4e5/r-ab12/ou-ab12-11111111"
SERVICE = "service/lambda.amazonaws.com"
SOURCE = f"source-account={CONSUMER}"
GRANTEES = [
    *((each,) for each in (ROLE, USER, ACCOUNT, SET, ORG, UNIT)),
    *((ROLE, "role/ci"), (USER, ACCOUNT, ORG), (UNIT, SET)),
]


def grant_of(persona: str, *to: str, guards: tuple[str, ...] = (), **arguments: Any) -> Grant:
    named = {name: arguments.get(name, BUILTIN.personas[persona].expect[0].arguments.get(name)) for name in ("repo",)}
    given = {name: value for name, value in named.items() if value is not None}
    return Grant("web", BUILTIN.bind(persona, given, guards), to, through_registry="*" in str(given))


def asked(grant: Grant, change: Callable[[Halves], Halves] = lambda halves: halves) -> tuple[Outcome, ...]:
    return both_halves(grant, change(halves_of(grant, "pay", OWNER, TARGET)), TARGET)


def unmet(grant: Grant, change: Callable[[Halves], Halves]) -> set[str]:
    return {outcome.entry for outcome in asked(grant, change) if not outcome.met}


@pytest.mark.parametrize("to", GRANTEES, ids="+".join)
@pytest.mark.parametrize(
    "persona", ["pull", "push", "pull-prefix", "cached-pull", "repo-admin-prefix", "create-and-push"]
)
@pytest.mark.parametrize("guards", [(), ("tls",), ("mfa", "source-ip=203.0.113.0/24"), ("tag=team=a",)], ids=str)
def test_what_is_made_keeps_its_promise(persona: str, to: tuple[str, ...], guards: tuple[str, ...]) -> None:
    """Every grantee is let in by both halves and by neither alone, and no stranger is, with whatever guards."""
    found = asked(grant_of(persona, *to, guards=guards))
    assert [outcome.words for outcome in found if not outcome.met] == []
    entries = {outcome.entry for outcome in found}
    for text in to:
        if text != "role/ci":
            halves = ("with both halves", "with the identity half alone", "with the other half alone")
            places = ("on another repository", "in another region")
            assert entries >= {f"{text}, {what}" for what in (*halves, *places)}
    assert "another account" in entries


@pytest.mark.parametrize("persona", ["pull", "pull-prefix"])
def test_a_service_has_one_half(persona: str) -> None:
    """A service is let in by the resource's policy alone, and no other service by it."""
    found = asked(grant_of(persona, SERVICE, ACCOUNT, guards=(SOURCE,)))
    assert all(outcome.met for outcome in found)
    assert {outcome.entry for outcome in found} >= {SERVICE, "another service", f"{ACCOUNT}, with both halves"}
    assert [outcome.expected for outcome in found if outcome.entry == SERVICE] == ["allow"]


def test_what_stands_in_a_registry_has_one_half() -> None:
    """Roles of the registry's own account need nothing else, those of another do, and nobody beside them is let in."""
    found = asked(grant_of("pull-through-cache", "role/ci", ROLE))
    assert all(outcome.met for outcome in found)
    entries = {outcome.entry: outcome.expected for outcome in found}
    assert entries["role/ci"] == entries[ROLE] == "allow"
    assert entries[f"{ROLE}, with nothing else"] == "deny"
    assert "role/ci, with nothing else" not in entries
    assert entries[f"another role of account {OWNER}"] == entries[f"another role of account {CONSUMER}"] == "deny"


def test_nothing_is_asked_where_one_half_is_enough() -> None:
    """A grant to grantees of the repositories' own account has its persona's promise only."""
    assert asked(grant_of("pull", "role/ci")) == ()


def test_which_policies_are_about_a_repository() -> None:
    """A repository's policy is about itself, that of a pattern about what matches, the registry's about its own."""

    def about(grant: Grant, *names: str) -> list[int]:
        halves = halves_of(grant, "pay", OWNER, TARGET)
        return [len([*halves_about(halves, f"arn:aws:ecr:{name}")]) for name in names]

    here, there = f"us-east-1:{OWNER}:repository/", f"us-east-2:{OWNER}:repository/"
    assert about(grant_of("pull", ROLE, repo="web"), f"{here}web", f"{here}web2", f"{there}web") == [1, 0, 0]
    prefix = grant_of("pull-prefix", ROLE, repo="web/*")
    on_each = replace(prefix, through_registry=False)
    assert about(on_each, f"{here}web/a", f"{here}web", f"{there}web/a") == [1, 0, 0]
    assert about(prefix, f"{here}web/a", f"{here}other", f"{there}web/a", f"us-east-1:{CONSUMER}:repository/web/a") == [
        *(1, 1, 0, 0),
    ]
    assert [*halves_about(halves_of(prefix, "pay", OWNER, TARGET), "*")] == []


def saying(**more: Any) -> Callable[[Halves], Halves]:
    """The resource half with other elements in each statement."""

    def changed(statement: Statement) -> Statement:
        data = {key: value for key, value in {**statement.to_dict(), **more}.items() if value is not None}
        return Statement.from_dict(data)

    return lambda halves: replace(
        halves,
        resource=tuple(replace(half, statements=tuple(map(changed, half.statements))) for half in halves.resource),
    )


def with_identity(**more: Any) -> Callable[[Halves], Halves]:
    def changed(halves: Halves) -> Halves:
        assert halves.identity is not None
        statements = tuple(Statement.from_dict({**each.to_dict(), **more}) for each in halves.identity.statements)
        return replace(halves, identity=PolicyDocument(statements))

    return changed


def in_every_registry(halves: Halves) -> Halves:
    places = [half for half in halves.resource if isinstance(half.place, Registry)]
    others = (replace(half, place=Registry(OWNER, "af-south-1")) for half in places)
    return replace(halves, resource=(*halves.resource, *others))


ROOT = {"AWS": f"arn:aws:iam::{CONSUMER}:root"}
ANYWHERE = "arn:aws:ecr:*:*:repository/*"
NEVER = {"StringEquals": {"aws:PrincipalAccount": OWNER}}
WRONG: dict[str, tuple[Grant, Callable[[Halves], Halves], set[str]]] = {
    "the account in the place of its role": (
        grant_of("pull", ROLE),
        saying(Principal=ROOT),
        {f"another role of account {CONSUMER}"},
    ),
    "everybody": (
        grant_of("pull", USER),
        saying(Principal="*"),
        {f"another user of account {CONSUMER}", "another account"},
    ),
    "an organization without its condition": (
        grant_of("pull", ORG),
        saying(Condition=None),
        {"another account"},
    ),
    "the organization in the place of its unit": (
        grant_of("pull", UNIT),
        saying(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
        {"another unit of organization o-a1b2c3d4e5"},
    ),
    "a permission set by the beginning of its name": (
        grant_of("pull", SET),
        saying(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*AWSReservedSSO_Dev_*"}}),
        {f"another permission set of account {CONSUMER}"},
    ),
    "a permission set without its condition": (
        grant_of("pull", SET),
        saying(Condition=None),
        {f"another permission set of account {CONSUMER}", f"a role of account {CONSUMER}"},
    ),
    "every service": (
        grant_of("pull", SERVICE, guards=(SOURCE,)),
        saying(Principal={"Service": ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]}),
        {"another service"},
    ),
    "another action": (
        grant_of("pull", ROLE),
        saying(Action="ecr:BatchGetImage"),
        {f"{ROLE}, with both halves"},
    ),
    "a condition that cannot hold": (
        grant_of("pull", ROLE),
        saying(Condition=NEVER),
        {f"{ROLE}, with both halves"},
    ),
    "no resource half": (
        grant_of("pull", ROLE),
        lambda halves: replace(halves, resource=halves.resource[:1]),
        {f"{ROLE}, with both halves"},
    ),
    "an identity half with a condition that cannot hold": (
        grant_of("pull", ROLE),
        with_identity(Condition=NEVER),
        {f"{ROLE}, with both halves"},
    ),
    "every repository of the registry": (
        grant_of("pull-prefix", ROLE),
        saying(Resource=ANYWHERE),
        {f"{ROLE}, on another repository"},
    ),
    "another registry": (
        grant_of("pull-prefix", ROLE),
        lambda halves: saying(Resource=ANYWHERE)(in_every_registry(halves)),
        {f"{ROLE}, on another repository", f"{ROLE}, in another region"},
    ),
    "a registry's own roles": (
        grant_of("pull-through-cache", "role/ci"),
        saying(Principal={"AWS": [f"arn:aws:iam::{OWNER}:role/ci", f"arn:aws:iam::{OWNER}:role/ecrgen-stranger"]}),
        {f"another role of account {OWNER}"},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found(name: str) -> None:
    """Each half that lets in too many, or too few, or anywhere else, is not met where that shows."""
    grant, change, entries = WRONG[name]
    assert unmet(grant, change) == entries


def test_the_words_say_what_is_wrong_and_where() -> None:
    """What is not met names the grantee's place, who may do what, and by which statement."""
    found = asked(grant_of("pull", ROLE, guards=("tls",)), saying(Principal="*"))
    (role, account) = [outcome for outcome in found if not outcome.met]
    assert role.place == account.place == ("grants", "web", "to", 0)
    repository = f"arn:aws:ecr:us-east-1:{OWNER}:repository/my-repo"
    assert role.words == (
        f"another role of account {CONSUMER}: must be denied, but ecr:BatchGetImage on {repository} is allowed under "
        f'conditions: {sid_of("pay", "web", 1)} (resource[0].Statement[0]) needs Bool aws:SecureTransport "true"'
    )
