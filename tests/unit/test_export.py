"""Exports: the policies that apply makes, for the account that a catalog names and for those that nobody names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_catalogs import ACCOUNT, BUILTIN, NOW, catalogs, exported

from ecrgen import Catalog
from ecrgen.account.from_catalog import desired_of
from ecrgen.catalog.model import Grant
from ecrgen.errors import EcrgenError
from ecrgen.export.cloudformation import cloudformation, divided, enough_templates, logical_id
from ecrgen.policy.access import diff
from ecrgen.policy.document import PolicyDocument

PLACES = (("aws", "eu-west-1"), ("aws", "ap-southeast-3"), ("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1"))
# A value for each guard that needs one; that of `regions` is the region of the export.
VALUES = {
    "mfa-age": "1h",
    "via": "cloudformation.amazonaws.com",
    "source-ip": "203.0.113.0/24",
    "vpc": "vpc-0123456789abcdef0",
    "vpce": "vpce-0123456789abcdef0",
    "org": "o-a1b2c3d4e5",
    "tag": "team=a",
    "expires": "2099-01-01T00:00:00Z",
}


def resolved(value: Any, values: Mapping[str, str]) -> Any:
    """JSON values as CloudFormation resolves them: `${…}` only within Fn::Sub, where `${!…}` is `${…}`."""
    match value:
        case {"Fn::Sub": str(text)}:
            assert len(value) == 1
            return re.sub(
                r"\$\{(!?)([^}]*)\}", lambda found: "${" + found[2] + "}" if found[1] else values[found[2]], text
            )
        case dict():
            return {key: resolved(each, values) for key, each in value.items()}
        case list():
            return [resolved(each, values) for each in value]
        case _:
            return value


def made(template: Mapping[str, Any], partition: str, region: str) -> dict[str, Any]:
    """What a stack of the template makes: by the policy's name its path, document and holders."""
    values = {"AWS::Partition": partition, "AWS::Region": region, "AWS::AccountId": ACCOUNT}
    return {
        each["Properties"].pop("ManagedPolicyName"): each["Properties"]
        for each in resolved(template["Resources"], values).values()
    }


def whole(documents: list[dict[str, Any]]) -> PolicyDocument:
    """Documents that hold together, as one."""
    return PolicyDocument.from_dict(
        {"Version": "2012-10-17", "Statement": [each for one in documents for each in one["Statement"]]}
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(catalogs(), st.sampled_from(PLACES), st.booleans())
def test_a_stack_anywhere_is_what_apply_makes_there(catalog: Catalog, place: tuple[str, str], named: bool) -> None:
    """With the account named or not: the same names, paths and holders as apply's; nobody gains or loses by the export.

    Where nobody names account and region, a policy may be in other parts, which give the same together.
    """
    partition, region = place
    if named:
        catalog = replace(catalog, account=ACCOUNT, regions=(region,))
    assume(partition == "aws" or all(each.persona.name != "public-push" for each in catalog.grants.values()))
    grants = catalog.grants.values()
    wanted = desired_of(catalog, grants, account=ACCOUNT, partition=partition, region=(region,), now=NOW)
    template = cloudformation(exported(catalog))
    assert json.dumps(cloudformation(exported(catalog))) == json.dumps(template)
    stack = made(template, *place)
    if named:
        assert list(stack) == list(wanted.policies)
    by_grant: dict[str, tuple[list[Any], list[Any]]] = {grant: ([], []) for grant in catalog.grants}
    for name, properties in stack.items():
        grant = wanted.namespace.grant_of(name)
        assert grant is not None
        assert properties["Path"] == wanted.namespace.path
        assert PolicyDocument.from_dict(properties["PolicyDocument"]).size <= 6144
        held = {
            f"{kind.lower()[:-1]}/{each}" for kind in ("Roles", "Users", "Groups") for each in properties.get(kind, ())
        }
        assert held == {text.replace("team/", "") for text in catalog.grants[grant].to}
        by_grant[grant][0].append(properties["PolicyDocument"])
    for policy in wanted.policies.values():
        by_grant[policy.grant][1].append(policy.document.to_dict())
    for ours, theirs in by_grant.values():
        if named or len(ours) == len(theirs) == 1:
            assert ours == theirs
        elif len(whole(ours).statements) < 12:
            assert diff(whole(ours), whole(theirs)) == ()


def every_grant(partition: str, region: str, *, together: bool) -> dict[str, Grant]:
    """Each persona of a partition, without a guard, and with all guards that identities can meet or each alone.

    Personas of the registry's policy and guards for services are for resource policies, which no template has.
    """
    values = VALUES | {"regions": region}
    guards = [guard for guard in BUILTIN.guards.values() if guard.only_for != "services"]
    texts = [f"{guard.name}={values[guard.name]}" if guard.parameter else guard.name for guard in guards]
    grants = {}
    for persona in BUILTIN.personas.values():
        if persona.of_registry or (persona.name == "public-push" and partition != "aws"):
            continue
        for number, chosen in enumerate([[], texts] if together else [[], *([text] for text in texts)]):
            bound = BUILTIN.bind(persona.name, persona.expect[0].arguments, chosen)
            name = f"{persona.name}-{number}"
            grants[name] = Grant(name, bound, ("user/ann", "group/devs"))
    return grants


def linted(template: Mapping[str, Any], region: str) -> list[str]:
    return [str(each) for each in lint(json.dumps(template), regions=[region])]


LINTED = pytest.mark.parametrize(
    ("partition", "region"), [("aws", "eu-west-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")]
)


@pytest.mark.parametrize(
    ("partition", "region", "named"),
    [
        ("aws", "eu-west-1", True),
        ("aws-cn", "cn-north-1", False),
        pytest.param("aws", "eu-west-1", False, marks=pytest.mark.slow),
        pytest.param("aws-cn", "cn-north-1", True, marks=pytest.mark.slow),
        pytest.param("aws-us-gov", "us-gov-west-1", True, marks=pytest.mark.slow),
        pytest.param("aws-us-gov", "us-gov-west-1", False, marks=pytest.mark.slow),
    ],
)
def test_cfn_lint_finds_nothing(partition: str, region: str, named: bool) -> None:
    """The template of every built-in persona, alone and with all guards, has no finding; one with a wrong path has."""
    grants = every_grant(partition, region, together=True)
    catalog = replace(BUILTIN, namespace="pay", grants=grants, partition=partition)
    if named:
        catalog = replace(catalog, account=ACCOUNT, regions=(region,))
    template = cloudformation(exported(catalog))
    assert len(template["Resources"]) == len(grants) > 30
    assert linted(template, region) == []
    one = template["Resources"]["PolicyloginZ2d0"]
    one["Properties"]["Path"] = "pay"
    assert linted({**template, "Resources": {"Policylogin": one}}, region)


def test_cfn_lint_finds_nothing_in_divided_templates() -> None:
    """Each template stands alone, one without a policy too, and together they have what the whole one has."""
    grants = {f"g{n}": Grant(f"g{n}", BUILTIN.bind("pull", {"repo": "team/web"}), ("role/ci",)) for n in range(2)}
    found = exported(replace(BUILTIN, namespace="pay", grants=grants))
    templates = divided(found, 3)
    assert [each for one in templates for each in linted(one, "eu-west-1")] == []
    resources = [each for one in templates for each in one["Resources"].items()]
    assert "Nothing" in dict(resources)
    whole = cloudformation(found)["Resources"]
    assert {name: each for name, each in resources if name != "Nothing"} == whole
    assert len(resources) == len(whole) + sum("Nothing" in each["Resources"] for each in templates)


def test_the_number_of_templates_that_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that fits by resources and by bytes; none where a single policy is too long."""
    grants = {f"g{n}": Grant(f"g{n}", BUILTIN.bind("pull", {"repo": "team/web"}), ("role/ci",)) for n in range(40)}
    found = exported(replace(BUILTIN, namespace="pay", grants=grants))
    assert enough_templates(found) == 1
    limits = "ecrgen.export.cloudformation."
    monkeypatch.setattr(f"{limits}RESOURCES", 10)
    number = enough_templates(found)
    assert number is not None
    assert number > 4
    assert max(len(each["Resources"]) for each in divided(found, number)) <= 10
    assert max(len(each["Resources"]) for each in divided(found, number - 1)) > 10
    monkeypatch.setattr(f"{limits}LARGEST", 400)
    assert enough_templates(found) is None


@pytest.mark.slow
@LINTED
def test_cfn_lint_finds_nothing_with_each_guard(partition: str, region: str) -> None:
    """No persona has a finding with any guard alone."""
    grants = every_grant(partition, region, together=False)
    guards = {guard.guard.name for grant in grants.values() for guard in grant.guards}
    assert guards == {name for name, guard in BUILTIN.guards.items() if guard.only_for != "services"}
    catalog = replace(BUILTIN, namespace="pay", grants=grants, partition=partition)
    assert linted(cloudformation(exported(catalog)), region) == []


def test_logical_ids_tell_grants_and_parts_apart() -> None:
    """Names that differ only in what is no letter and no digit have different ids, and each is one that AWS takes."""
    names = [
        "payments-ci",
        "payments_ci",
        "paymentsci",
        "paymentsZ2dci",
        "paymentsZci",
        "-",
        "Z",
        "ZZ2",
        "2",
        "-" * 100,
    ]
    ids = [logical_id(name, part) for name in names for part in (1, 2, 12)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[A-Za-z0-9]{1,255}", each) for each in ids)
    assert logical_id("payments-ci", 2) == "PolicypaymentsZ2dciZZ2"


def write(folder: Path, grants: str, head: str = "", template: str = "") -> Catalog:
    """A catalog whose persona `own` has this template."""
    (folder / "templates").mkdir()
    (folder / "templates/own.json.j2").write_text(template)
    own = "personas:\n  own: {summary: Of the site's own, template: own.json.j2, parameters: {}}\n" if template else ""
    (folder / "catalog.yaml").write_text(f"version: 1\nextends: builtin\n{head}{own}grants:\n{grants}")
    return Catalog.load(folder / "catalog.yaml")


ALLOW = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:ListImages", "Resource": %s}]}'


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (ALLOW % '{{ arn("ecr", "repository/" ~ account) }}', "grant web: own.json.j2 may decide by the account"),
        (
            ALLOW % '{% if account == "111122223333" %}"*"{% else %}"arn:aws:ecr:*:*:repository/x"{% endif %}',
            "may decide",
        ),
        (ALLOW % '{{ "web" | repository_arn }}{% if regions == ["eu-west-1"] %}{% endif %}', ""),
        (ALLOW % '{% if "eu-west-1" in regions %}"*"{% else %}{{ "web" | repository_arn }}{% endif %}', "in eu-west-1"),
        (ALLOW % '{% if partition == "aws-cn" %}"*"{% else %}{{ "web" | repository_arn }}{% endif %}', ""),
    ],
)
def test_a_policy_that_depends_on_its_place_is_not_exported_for_any(tmp_path: Path, template: str, words: str) -> None:
    """A template that decides by account or region needs that named; by partition, the export is of one partition."""
    catalog = write(tmp_path, "  web: {persona: own, to: role/ci}\n", template=template)
    if words:
        with pytest.raises(EcrgenError, match=re.escape(words)):
            exported(catalog)
        assert exported(catalog, "444455556666", "eu-west-1").unnamed.parts == {}
    else:
        assert ("partition" in exported(catalog).unnamed.parts) == ("partition" not in template)


@pytest.mark.parametrize(
    "to",
    [
        "arn:aws:iam::444455556666:role/ci",
        "account/444455556666",
        "org/o-a1b2c3d4e5",
        "permission-set/444455556666/Dev",
    ],
)
def test_grants_across_accounts_need_an_account(tmp_path: Path, to: str) -> None:
    """What is for another account is so only beside the catalog's own account."""
    catalog = write(tmp_path, f"  web: {{persona: pull, with: {{repo: web}}, to: ['{to}', role/ci]}}\n")
    with pytest.raises(EcrgenError, match=r"grant web: .*name account in the catalog, or --account"):
        exported(catalog)
    with pytest.raises(EcrgenError, match="but this is account 999999999999"):
        exported(replace(catalog, account="111122223333"), "999999999999")


def test_values_that_look_like_the_account_stay(tmp_path: Path) -> None:
    """An account or region that a grant names is not taken for the one that nobody names."""
    guards = "[source-ip=203.0.113.0/24, 'tag=account=123456789012', regions=us-east-1]"
    catalog = write(tmp_path, f"  web: {{persona: pull, with: {{repo: web}}, guards: {guards}, to: role/ci}}\n")
    text = json.dumps(cloudformation(exported(catalog)))
    assert text.count("123456789012") == text.count('"us-east-1"') == 2
    assert "repository/web" in text
    assert "arn:aws:ecr:${AWS::Region}:" in text  # a guard's region is of one partition


def test_parts_are_measured_with_the_longest_names() -> None:
    """A policy that fits where names are short and not where they are long is in parts everywhere."""
    partition, region = "aws-us-gov", "us-isof-south-1"
    grant = Grant("web", BUILTIN.bind("pull", {"repo": [f"team/{number:03}" for number in range(84)]}), ("role/ci",))
    for number in range(76, 96, 2):
        bound = BUILTIN.bind("pull", {"repo": [f"team/{each:03}" for each in range(number)]})
        catalog = replace(BUILTIN, grants={"web": replace(grant, bound=bound)})
        found = exported(catalog)
        template = json.dumps(cloudformation(found))
        assert template.count("ManagedPolicyName") == len(found.desired.policies)
        for policy in made(json.loads(template), partition, region).values():
            assert PolicyDocument.from_dict(policy["PolicyDocument"]).size <= 6144
