"""Both halves of a grant: what a resource's policy says is derived from the identity policy, by case and by law."""

from __future__ import annotations

import json
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference_evaluator import decide
from tables import document_of, in_full, load

from ecrgen import Catalog, EcrgenError, Grant, PolicyDocument, Request, evaluate
from ecrgen.catalog.bind import EXAMPLE_ACCOUNT, bind_guard
from ecrgen.catalog.halves import Halves, ResourceHalf, halves_of
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.model import Target
from ecrgen.catalog.places import Registry
from ecrgen.catalog.render import render
from ecrgen.catalog.sids import grant_of_sid, sid_of, sid_prefix
from ecrgen.policy.reference import asked_of_star

KEYS = {"name", "to", "home", "guards", "through", "policy", "statement", "statements", "identity", "gives", "wrong"}
OWNER = "111122223333"
BUILTIN = Catalog.load(builtin_file())


@pytest.mark.parametrize(("table", "case"), load("halves", KEYS))
def test_derived(table: Any, case: Any, tmp_path: Path) -> None:
    """Each case gives exactly the statements of each resource's policy, or its one problem."""
    written = case.get("statements", [case.get("statement")])
    document = document_of(table["start"], written)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "p.json.j2").write_text(document.to_json())
    grant = {"persona": "p", "to": case.get("to", "account/444455556666"), "guards": case.get("guards", [])}
    grant |= {"account": OWNER} if "home" in case else {}
    grant |= {"through": "registry"} if "through" in case else {}
    persona = {"summary": "P", "template": "p.json.j2", "policy": case.get("policy", "identity")}
    site = {"version": "1", "extends": "builtin", "personas": {"p": persona}}
    (tmp_path / "c.yaml").write_text(json.dumps({**site, "grants": {"web": grant}}))
    catalog = Catalog.load(tmp_path / "c.yaml")
    home = case.get("home", OWNER)
    target = Target("aws", home, ("us-east-1", "eu-west-1"))
    if "wrong" in case:
        with pytest.raises(EcrgenError) as raised:
            halves_of(catalog.grants["web"], "pay", home, target)
        (problem,) = raised.value.problems
        assert case["wrong"] in problem
        return
    halves = halves_of(catalog.grants["web"], "pay", home, target)
    assert (halves.identity is None) == (case.get("identity") == "none")
    assert {named(half): unsigned(half) for half in halves.resource} == {
        place if place.startswith("registry") else in_place(place): [{"Effect": "Allow", **each} for each in statements]
        for place, statements in case["gives"].items()
    }


def in_place(resource: str) -> str:
    return in_full(resource).replace("123456789012", OWNER)


def named(half: ResourceHalf) -> str:
    return f"registry {half.place.region}" if isinstance(half.place, Registry) else str(half.place)


def unsigned(half: ResourceHalf) -> list[dict[str, Any]]:
    """The statements without their Sids, which number them."""
    statements = half.policy.to_dict()["Statement"]
    assert [each.pop("Sid") for each in statements] == [sid_of("pay", "web", n) for n in range(1, len(statements) + 1)]
    return statements


@given(
    st.from_regex("[A-Za-z0-9_-]{1,56}", fullmatch=True),
    st.from_regex("[A-Za-z0-9_-]{1,56}", fullmatch=True),
    st.integers(1, 99),
)
def test_a_sid_says_whose_it_is(namespace: str, grant: str, number: int) -> None:
    """A Sid is of letters and digits, says its grant in its namespace, and none in another."""
    sid = sid_of(namespace, grant, number)
    assert sid.isalnum()
    assert sid.isascii()
    assert sid.startswith(sid_prefix(namespace))
    assert grant_of_sid(namespace, sid) == grant
    assert grant_of_sid(f"{namespace}x", sid) is None
    assert grant_of_sid(namespace, f"{sid}x") is None


def test_sids_stay_as_they_are() -> None:
    """The form of a Sid is for ever: statements of earlier runs are found by it."""
    assert sid_prefix("payments") == "Ecrgendf384ae9"
    assert sid_of("payments", "web-ci_Z", 12) == "Ecrgendf384ae9webZ2dciZ5fZ5aZZ12"


CONSUMER = "444455556666"
STRANGERS = (
    f"arn:aws:sts::{CONSUMER}:assumed-role/stranger/me",
    "arn:aws:sts::777788889999:assumed-role/ci/me",
    "arn:aws:iam::777788889999:user/ann",
    "codebuild.amazonaws.com",
)
ORGANIZATION = {
    "aws:PrincipalOrgID": "o-a1b2c3d4e5",
    "aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"],
}
SSO = f"arn:aws:iam::{CONSUMER}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_0123456789abcdef"
SOURCE = f"arn:aws:lambda:us-east-1:{CONSUMER}:function:web"
# Grantee: somebody who is one, with the context that makes him one, and whether others of his account are, too.
MEMBERS: dict[str, tuple[str, dict[str, Any], bool]] = {
    f"arn:aws:iam::{CONSUMER}:role/ci": (f"arn:aws:sts::{CONSUMER}:assumed-role/ci/me", {}, False),
    f"arn:aws:iam::{CONSUMER}:user/team/ann": (f"arn:aws:iam::{CONSUMER}:user/team/ann", {}, False),
    f"account/{CONSUMER}": (f"arn:aws:sts::{CONSUMER}:assumed-role/ci/me", {}, True),
    "org/o-a1b2c3d4e5": (f"arn:aws:sts::{CONSUMER}:assumed-role/ci/me", ORGANIZATION, True),
    "org/o-a1b2c3d4e5/r-ab12/ou-ab12-11111111": (f"arn:aws:iam::{CONSUMER}:user/ann", ORGANIZATION, True),
    f"permission-set/{CONSUMER}/Dev": (SSO, {}, False),
    "service/lambda.amazonaws.com": ("lambda.amazonaws.com", {"aws:SourceArn": SOURCE}, False),
}
GUARDS = {
    "tls": {"aws:SecureTransport": "true"},
    "expires=2099-01-31T00:00:00Z": {"aws:CurrentTime": "2098-01-31T00:00:00Z"},
    "tag=team=a": {"aws:ResourceTag/team": "a"},
    "mfa": {"aws:MultiFactorAuthPresent": "true"},
    "source-ip=203.0.113.0/24": {"aws:SourceIp": "203.0.113.7"},
    "org=o-a1b2c3d4e5": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
}
PERSONAS = [name for name, persona in BUILTIN.personas.items() if persona.expect and not persona.of_registry]
ACTIONS = ("ecr:PutImage", "ecr:BatchGetImage", "ecr:DeleteRepository", "ecr:SetRepositoryPolicy", "ecr:ListImages")
EVERYTHING = PolicyDocument.from_dict({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TARGET = Target("aws", EXAMPLE_ACCOUNT, ("us-east-1",))


def policies_of(halves: Halves, arn: str) -> list[PolicyDocument]:
    """The resource policies that have a say about a repository, once the grant is applied."""
    account, region = arn.split(":")[4], arn.split(":")[3]
    return [
        half.policy
        for half in halves.resource
        if half.place == Registry(account, region) or fnmatchcase(arn, str(half.place))
    ]


def both(request: dict[str, Any], identity: list[PolicyDocument], resource: list[PolicyDocument]) -> bool:
    """The answer of the product, which is that of the reference evaluator, too."""
    allowed = evaluate(Request(**request), identity=identity, resource=resource).allowed
    written = decide(request, [each.to_dict() for each in identity], [each.to_dict() for each in resource])
    assert allowed == (written[0] == "Allow")
    return allowed


def derived_of(grant: Grant) -> Halves:
    """The halves of a grant, where it has them: through the registry or not, as its persona needs."""
    try:
        return halves_of(grant, "pay", EXAMPLE_ACCOUNT, TARGET)
    except EcrgenError as error:
        (problem,) = error.problems
        assert "does not exist yet" in problem or "ECR Public has no registry" in problem
        return halves_of(replace(grant, through_registry=not grant.through_registry), "pay", EXAMPLE_ACCOUNT, TARGET)


@st.composite
def grants(draw: st.DrawFn) -> tuple[Grant, str, dict[str, str]]:
    """A grant of a built-in persona to a grantee, and the context that its guards ask for, or a part of it."""
    persona = BUILTIN.personas[draw(st.sampled_from(PERSONAS))]
    to = draw(st.sampled_from(sorted(MEMBERS)))
    guards = draw(st.lists(st.sampled_from(sorted(GUARDS)), max_size=2, unique=True))
    if to.startswith("service/"):
        guards = [each for each in guards if each in ("tls", "tag=team=a")]
        guards.append(f"source-arn=arn:aws:lambda:us-east-1:{CONSUMER}:function:*")
    context = {key: value for each in guards for key, value in GUARDS.get(each, {}).items() if draw(st.integers(0, 9))}
    bound = BUILTIN.bind(persona.name, persona.expect[0].arguments)
    bound = replace(bound, guards=tuple(bind_guard(BUILTIN.guards, each) for each in guards))
    patterns = any(parameter.type == "repository-pattern" for parameter in persona.parameters.values())
    return Grant("web", bound, (to,), through_registry=patterns or draw(st.booleans())), to, context


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(grants(), st.data())
def test_both_halves_give_what_the_identity_policy_says_and_either_alone_nothing(
    drawn: tuple[Grant, str, dict[str, str]], data: st.DataObject
) -> None:
    """Across accounts the grantee may do on named repositories what the policy gives at home; nobody else may anything.

    A statement on `*` has no resource half, so it gives nothing across accounts.
    """
    grant, to, context = drawn
    halves = derived_of(grant)
    written = render(grant.bound, TARGET)
    identity = [] if halves.identity is None else [halves.identity]
    principal, own, everybody = MEMBERS[to]
    actions = {
        *ACTIONS,
        *(action for each in written.statements for action in each.actions if action.startswith("ecr:")),
    }
    action = data.draw(st.sampled_from(sorted(each for each in actions if not asked_of_star(each))))
    named = [arn for each in written.statements for arn in each.resources if ":repository/" in arn]
    arns = [arn.replace("*", "x") for arn in named] or [f"arn:aws:ecr:us-east-1:{EXAMPLE_ACCOUNT}:repository/my-repo"]
    arn = data.draw(st.sampled_from(arns))
    request: dict[str, Any] = {"action": action, "resource": arn, "principal": principal, "context": {**own, **context}}
    on_repositories = replace(
        written, statement=tuple(each for each in written.statements if "*" not in each.resources)
    )
    at_home = {**request, "principal": f"arn:aws:sts::{EXAMPLE_ACCOUNT}:assumed-role/ci/me"}
    expected = bool(on_repositories.statements) and both(at_home, [on_repositories], [])
    resource = policies_of(halves, arn)
    assert both(request, identity, resource) == expected
    if identity:
        assert both(request, [EVERYTHING], resource) == expected  # whatever else the other account allows
        assert not both(request, identity, [])
        assert not both(request, [], resource)
    for elsewhere in {f"{arn}2", arn.replace(":us-east-1:", ":us-east-2:"), arn.replace(EXAMPLE_ACCOUNT, OWNER)} - {
        arn
    }:
        named_too = evaluate(Request(**{**at_home, "resource": elsewhere}), identity=[on_repositories]).allowed
        assert named_too or not both({**request, "resource": elsewhere}, identity, policies_of(halves, elsewhere))
    outside = {key: value for key, value in context.items() if key not in ORGANIZATION}
    for stranger in STRANGERS:
        mine = [] if stranger.endswith(".com") else [written]
        if not (everybody and CONSUMER in stranger):
            assert not both({**request, "principal": stranger, "context": outside}, mine, resource)
