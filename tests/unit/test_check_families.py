"""The check families as a list: none is forgotten, and each declares exactly the rules that it reports."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest
from test_check_cases import CASES, policy_of

from ecrgen.policy import check as room
from ecrgen.policy.check import RULES, families, view_of
from ecrgen.policy.check.families import FAMILIES
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Rule
from ecrgen.policy.check.inapplicable import INAPPLICABLE

MODULES = {
    name: importlib.import_module(name) for _, name, _ in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")
}


def declared(module: ModuleType) -> Iterator[Rule]:
    """The rules in a module, by themselves or in a table."""
    for value in vars(module).values():
        listed = value.values() if isinstance(value, dict) else [value]
        yield from (one for one in listed if isinstance(one, Rule))


def test_every_family_is_listed() -> None:
    """Each module of families holds one family, and all of them are asked."""
    found = [module for name, module in MODULES.items() if name.startswith(f"{families.__name__}.")]
    assert len(found) > 10
    assert {module.FAMILY.name: module.FAMILY for module in found} == {family.name: family for family in FAMILIES}
    assert [family.name for family in FAMILIES] == sorted(module.__name__.rpartition(".")[2] for module in found)


def test_every_rule_belongs_to_a_family() -> None:
    """A rule that is declared anywhere in the room is one of some family, and RULES is all of these."""
    everywhere = {rule for module in MODULES.values() for rule in declared(module)} - set(INAPPLICABLE.values())
    listed = {rule for family in FAMILIES for rule in family.rules}
    assert everywhere == listed == set(RULES.values())
    assert len({rule.code for rule in listed}) == len(listed)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_reports_exactly_its_rules(family: Family) -> None:
    """Over all cases, a family reports each of the rules that it declares, and no other."""
    reported = {
        finding.code
        for case in CASES
        for finding in family.findings(view_of(policy_of(case), case.get("type"), case.get("principal_kind")))
    }
    assert reported == {rule.code for rule in family.rules}
    assert len(family.rules) == len(set(family.rules))
