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


def test_cfn_lint_finds_nothing() -> None:
    """Sets with every persona that has an identity policy have no finding; Sids and logical ids are told apart."""
    names = [name for name, each in BUILTIN.personas.items() if not each.of_registry]
    grants = {
        name: Grant(
            name, BUILTIN.bind(name, BUILTIN.personas[name].expect[0].arguments), (f"permission-set/S{n // 4}.x",)
        )
        for n, name in enumerate(names)
        if name != "self-view"
    }
    template = template_of(replace(SITE, grants=grants))
    assert len(template["Resources"]) > 3
    assert [str(each) for each in lint(json.dumps(template), regions=["eu-west-1"])] == []
    for policy in inline(template).values():
        sids = [each.sid for each in policy.statements]
        assert len(set(sids)) == len(sids)


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
