"""Permission sets: their users have what the grants say, in the accounts that the grants name and in no other."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cfnlint.api import lint
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_catalogs import ACCOUNT, BUILTIN, NOW, catalogs

from ecrgen import Catalog, PolicyDocument, Request, evaluate
from ecrgen.catalog.bind import bind_guard
from ecrgen.catalog.grantees import PermissionSet, read_grantee
from ecrgen.catalog.model import Grant, Target
from ecrgen.catalog.render import identity_half
from ecrgen.errors import EcrgenError
from ecrgen.export.desired import Where
from ecrgen.export.permission_sets import in_sets, permission_sets
from ecrgen.policy.access import diff

TARGET = Target("aws", ACCOUNT, ("eu-west-1",))
OTHER = "111122223333"
SITE = replace(BUILTIN, namespace="pay", account=ACCOUNT, regions=("eu-west-1",))
SETS = (
    "permission-set/Dev",
    "permission-set/Dev_Admin",
    f"permission-set/{OTHER}/Dev",
    f"permission-set/{ACCOUNT}/Dev",
)


def template_of(catalog: Catalog) -> dict[str, Any]:
    made = in_sets(catalog, Where.of(catalog, None, (), None), NOW)
    return permission_sets(catalog.namespace, made)


def grant(name: str, persona: str, *to: str, guards: tuple[str, ...] = (), **arguments: object) -> Grant:
    bound = BUILTIN.bind(persona, arguments)
    return Grant(name, replace(bound, guards=tuple(bind_guard(BUILTIN.guards, each) for each in guards)), to)


def inline(template: dict[str, Any]) -> dict[str, PolicyDocument]:
    """The policy of each set."""
    properties = [each["Properties"] for each in template["Resources"].values()]
    return {each["Name"]: PolicyDocument.from_dict(each["InlinePolicy"]) for each in properties}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(catalogs(), st.data())
def test_users_of_a_set_have_what_is_granted_in_their_account(catalog: Catalog, data: st.DataObject) -> None:
    """A user of a set in an account may do what some grant to that set there allows, and none to it there denies."""
    to = st.sets(st.sampled_from(SETS), min_size=1).map(lambda some: tuple(sorted(some)))
    of_roles = {name: each for name, each in catalog.grants.items() if each.persona.name != "self-view"}
    assume(of_roles)
    grants = {name: replace(each, to=data.draw(to)) for name, each in of_roles.items()}
    catalog = replace(SITE, grants=grants)
    try:
        policies = inline(template_of(catalog))
    except EcrgenError as error:
        assert all("characters, and AWS takes 10240" in each for each in error.problems)  # noqa: PT017
        return
    for account in (ACCOUNT, OTHER):
        for name in ("Dev", "Dev_Admin"):
            theirs = [
                document
                for each in grants.values()
                if any(in_account(text, name, account) for text in each.to)
                and (document := identity_half(each, TARGET)) is not None
            ]
            statements = [statement for document in theirs for statement in document.statements]
            statement = data.draw(st.sampled_from(statements)) if statements else None
            action = statement.actions[0] if statement else "ecr:PutImage"
            resource = statement.resources[0] if statement else "*"
            request = Request(
                action,
                resource.replace("*", "x") if resource != "*" else "*",
                f"arn:aws:sts::{account}:assumed-role/AWSReservedSSO_{name}_0123456789abcdef/ann",
                {"aws:SecureTransport": "true", "aws:MultiFactorAuthPresent": "true", "aws:SourceIp": "203.0.113.9"},
            )
            given = [policies[name]] if name in policies else []
            assert evaluate(request, identity=given).allowed == evaluate(request, identity=theirs).allowed


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(catalogs(), st.data())
def test_a_set_says_what_its_grants_say_in_their_accounts(catalog: Catalog, data: st.DataObject) -> None:
    """Its policy differs in nothing from the policies that apply makes, each for the principals of one account."""
    of_roles = [each for each in catalog.grants.values() if each.persona.name != "self-view"]
    assume(of_roles)
    one = replace(data.draw(st.sampled_from(of_roles)), to=(f"permission-set/{OTHER}/Dev",))
    catalog = replace(SITE, grants={one.name: one})
    wanted = identity_half(one, TARGET)
    assert wanted is not None
    assume(wanted.size < 8_000)
    statements = wanted.to_dict()["Statement"]
    for statement in statements:
        equals = statement.setdefault("Condition", {}).setdefault("StringEquals", {})
        equals["aws:PrincipalAccount"] = OTHER
    document = PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statements})
    assert diff(inline(template_of(catalog))["Dev"], document) == ()


def in_account(text: str, name: str, account: str) -> bool:
    each = read_grantee(text)
    return isinstance(each, PermissionSet) and each.name == name and (each.account or ACCOUNT) == account


def test_a_set_in_another_account_has_nothing_more_at_home() -> None:
    """A grant to a set in one account gives nothing to the same set's users in another, though both have the policy."""
    made = template_of(
        replace(
            SITE,
            grants={
                "web": grant("web", "push", "permission-set/Dev", repo="team/web"),
                "api": grant("api", "push", f"permission-set/{OTHER}/Dev", repo="team/api"),
            },
        )
    )
    policy = inline(made)["Dev"]

    def may(account: str, repository: str) -> bool:
        principal = f"arn:aws:sts::{account}:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/ann"
        arn = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/{repository}"
        everything = PolicyDocument.from_dict(
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "ecr:*"}}
        )
        resource = [everything] if account != ACCOUNT else []
        return evaluate(Request("ecr:PutImage", arn, principal), identity=[policy], resource=resource).allowed

    assert [may(ACCOUNT, "team/web"), may(ACCOUNT, "team/api")] == [True, False]
    assert [may(OTHER, "team/web"), may(OTHER, "team/api")] == [False, True]


ALL_GUARDS = ("mfa-age=1h", "tls", "via=cloudformation.amazonaws.com", "org=o-a1b2c3d4e5", "tag=team=a", "regions={}")


@pytest.mark.parametrize(
    ("region", "guards"),
    [
        ("eu-west-1", ()),
        pytest.param("eu-west-1", ALL_GUARDS, marks=pytest.mark.slow),
        pytest.param("cn-north-1", ALL_GUARDS, marks=pytest.mark.slow),
        pytest.param("us-gov-west-1", ALL_GUARDS, marks=pytest.mark.slow),
    ],
)
def test_cfn_lint_finds_nothing(region: str, guards: tuple[str, ...]) -> None:
    """Sets with every persona that has an identity policy have no finding; Sids and logical ids are told apart."""
    left_out = {"self-view"} | (set() if region == "eu-west-1" else {"public-push"})
    names = [name for name, each in BUILTIN.personas.items() if not each.of_registry and name not in left_out]
    texts = tuple(each.format(region) for each in guards)
    grants = {
        name: grant(
            name, name, f"permission-set/S{n // 3}.x", guards=texts, **BUILTIN.personas[name].expect[0].arguments
        )
        for n, name in enumerate(names)
    }
    template = template_of(replace(SITE, regions=(region,), grants=grants))
    assert len(template["Resources"]) > 3
    assert [str(each) for each in lint(json.dumps(template), regions=[region])] == []
    for policy in inline(template).values():
        sids = [each.sid for each in policy.statements]
        assert len(set(sids)) == len(sids)


def test_a_set_takes_10240_characters() -> None:
    """A policy of so many is written, as the set's one policy, so that no other takes room; one more is refused."""

    def set_of(characters: int) -> dict[str, Any]:
        """A set whose policy has so many more characters than one of 100 repositories with short names."""
        names = [f"team/{n:04}" + "x" * (characters // 100 + (n < characters % 100)) for n in range(100)]
        template = template_of(replace(SITE, grants={"web": grant("web", "pull", "permission-set/Dev", repo=names)}))
        assert [each["Properties"].keys() for each in template["Resources"].values()] == [
            {"InstanceArn", "Name", "InlinePolicy"}
        ]
        return template

    room = 10_240 - inline(set_of(0))["Dev"].size
    assert inline(set_of(room))["Dev"].size == 10_240
    with pytest.raises(EcrgenError, match="its policy has 10241 characters, and AWS takes 10240"):
        set_of(room + 1)


@pytest.mark.parametrize(
    ("catalog", "words"),
    [
        (replace(SITE, account=None), "name account in the catalog, or --account"),
        (replace(SITE, regions=()), "name region in the catalog, or --region"),
        (
            replace(SITE, grants={"web": grant("web", "login", "role/ci")}),
            "no grant of the catalog is to a permission set",
        ),
        (
            replace(SITE, grants={"me": grant("me", "self-view", "permission-set/Dev")}),
            "grant me: its policy speaks of",
        ),
        (
            replace(
                SITE,
                grants={"web": grant("web", "pull", "permission-set/Dev", repo=[f"team/{n:04}" for n in range(200)])},
            ),
            "permission set Dev: its policy has",
        ),
    ],
)
def test_what_cannot_be_is_told(catalog: Catalog, words: str) -> None:
    """What no template can say is refused, with what to do."""
    if not catalog.grants:
        catalog = replace(catalog, grants={"web": grant("web", "login", "permission-set/Dev")})
    with pytest.raises(EcrgenError, match=words):
        template_of(catalog)
