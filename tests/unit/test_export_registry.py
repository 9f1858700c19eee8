"""The registry's policy as a template for any account: the same statements as a plan writes, or none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.halves import documents_of, halves_of
from ecrgen.catalog.places import Registry
from ecrgen.errors import EcrgenError
from ecrgen.export.registry_policy import in_registry_alone, registry_template

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
REGIONS = ("us-east-1", "eu-west-1")
GRANTS = """\
  everybody: {persona: pull-prefix, with: {repo: team/*}, to: org/o-a1b2c3d4e5, through: registry}
  copies: {persona: replication, with: {repo: mirror/*}, to: account/123456789012}
  cache: {persona: pull-through-cache, with: {repo: hub/*}, to: role/ci}
  ci: {persona: push, with: {repo: team/api}, to: [role/ci]}
"""


def catalog(path: Path, grants: str = GRANTS, more: str = "") -> Catalog:
    file = path / "catalog.yaml"
    head = "version: 1\nextends: builtin\nnamespace: pay\nregion: [us-east-1, eu-west-1]\n"
    file.write_text(f"{head}grants:\n{grants}{more}")
    return Catalog.load(file)


def deployed(template: Any, account: str, region: str) -> Any:
    """The policy of the registry of an account and a region."""
    values = {"${AWS::AccountId}": account, "${AWS::Region}": region}

    def filled(value: Any) -> Any:
        if isinstance(value, dict) and list(value) == ["Fn::Sub"]:
            text = value["Fn::Sub"]
            for name, given in values.items():
                text = text.replace(name, given)
            return text
        if isinstance(value, dict):
            return {key: filled(each) for key, each in value.items()}
        return [filled(each) for each in value] if isinstance(value, list) else value

    return filled(template["Resources"]["RegistryPolicy"]["Properties"]["PolicyText"])


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("account", ["444455556666", "000000000001"])
def test_the_same_as_a_plan_writes(tmp_path: Path, account: str, region: str) -> None:
    """In each account and region it is what a plan for that account would say there, also where an account is named."""
    found = catalog(tmp_path)
    target = found.target(account, REGIONS)
    halves = (half for grant in found.grants.values() for half in halves_of(grant, "pay", account, target).resource)
    (wanted,) = (half for half in documents_of(halves) if half.place == Registry(account, region))
    made = registry_template(found, REGIONS, NOON)
    assert deployed(made.template, account, region) == wanted.policy.to_dict()
    assert made.grantees == ("role/ci",)


def test_cfn_lint(tmp_path: Path) -> None:
    """CloudFormation's linter has nothing to say."""
    text = json.dumps(registry_template(catalog(tmp_path), REGIONS, NOON).template)
    assert [str(each) for each in lint(text, regions=list(REGIONS))] == []


def test_which_grants_stand_there_alone(tmp_path: Path) -> None:
    """Those of registry personas, and those through the registry to nobody with a policy of its own."""
    both = "  both: {persona: pull, with: {repo: a/b}, to: [role/ci, org/o-a1b2c3d4e5], through: registry}\n"
    found = catalog(tmp_path, more=both).grants
    assert [name for name, grant in found.items() if in_registry_alone(grant)] == ["everybody", "copies", "cache"]


REFUSED = {
    "  ci: {persona: push, with: {repo: team/api}, to: [role/ci]}\n": "no grant of the catalog stands in the registry",
    "  a: {persona: replication, with: {repo: m/*}, to: account/111122223333, account: '444455556666'}\n": (
        "grant a: names account 444455556666, and a stack set is for many"
    ),
    "  a: {persona: replication, with: {repo: m/*}, to: account/111122223333, region: eu-west-1}\n": (
        "--registry: the grants say nothing in the registry's policy in us-east-1"
    ),
    "  a: {persona: pull-through-cache, with: {repo: m/*}, guards: [regions=eu-west-1], to: role/ci}\n": (
        "--registry: the policy says something else in"
    ),
}


@pytest.mark.parametrize("grants", REFUSED)
def test_what_is_not_the_same_everywhere(tmp_path: Path, grants: str) -> None:
    """A policy that is another one in some account or region is refused."""
    with pytest.raises(EcrgenError, match=REFUSED[grants]):
        registry_template(catalog(tmp_path, grants), REGIONS, NOON)
