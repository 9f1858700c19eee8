"""What has to be done for a stack set to be what is asked for: a function of the two, without a call"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ecrgen.account.fingerprint import fingerprint
from ecrgen.export.stackset.describe import because, counted_accounts, done_to_set, listed
from ecrgen.export.stackset.part import part_of
from ecrgen.export.stackset.values import (
    CreateInstances,
    CreateSet,
    DeleteInstances,
    DeleteSet,
    Instance,
    StackSet,
    Step,
    Targets,
    UpdateSet,
    Wanted,
    refuse_foreign,
)

__all__ = ["UNITS", "Policies", "SetPlan", "plan_of", "plan_to_delete"]

# as many units as one call takes
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStackInstances.html
UNITS = 50


@dataclass(frozen=True, slots=True)
class Policies:
    """The names of the policies that a template has and the one before had not, has changed, and has no more."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetPlan:
    """Steps in their order. `digest` stands for them and for what they were made of.

    `before` is the template that the set has, and `template` the one that it gets, each empty where there is none.
    `held` is what only `--prune` does, in words, `broken` what no step can mend, and `remarks` what needs no mending.
    """

    name: str
    steps: tuple[Step, ...]
    digest: str
    before: str = ""
    template: str = ""
    tags: Mapping[str, str] | None = None
    automatic: bool = False
    policies: Policies = Policies((), (), ())
    held: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def plan_of(wanted: Wanted, found: StackSet | None, *, prune: bool) -> SetPlan:
    """The steps from what is there to what is asked for. Raises EcrgenError for somebody else's stack set."""
    held: list[str] = []
    steps: list[Step] = []
    if found is None:
        steps.append(CreateSet())
    else:
        refuse_foreign(found, wanted.tags)
        why = tuple(unlike(wanted, found))
        steps += [UpdateSet(why)] if why else []
    steps += missing(wanted, found)
    for step in surplus(wanted, found) if found else ():
        if prune:
            steps.append(step)
        else:
            held.append(done_to_set(step))
    there = found.template if found else ""
    return SetPlan(
        wanted.name,
        tuple(steps),
        digest_of(wanted.name, steps, there, wanted.template),
        there,
        wanted.template,
        wanted.tags,
        wanted.automatic,
        compared(there, wanted.template),
        tuple(held),
        tuple(broken(found)) if found else (),
        tuple(remarks(wanted, found)) if found else (),
    )


def plan_to_delete(
    name: str, found: StackSet | None, tags: Mapping[str, str], units: Sequence[str] = (), accounts: Sequence[str] = ()
) -> SetPlan:
    """The steps that take instances away, with their stacks, and with the last of them the set; none where it is not.

    All of them, or those of these units and accounts. Raises EcrgenError for somebody else's set, and for units and
    accounts that are not in it.
    """
    if found is None:
        return SetPlan(name, (), digest_of(name, (), "", ""))
    refuse_foreign(found, tags)
    part = part_of(found, units, accounts)
    reached, named = sorted(part.units), tuple(sorted(set(accounts)))
    groups = [tuple(reached[start : start + UNITS]) for start in range(0, len(reached), UNITS)]
    steps: list[Step] = [DeleteInstances(Targets(group, named), part.regions) for group in groups if part.instances]
    if part.instances == found.instances:
        steps.append(DeleteSet())
    left = tuple(
        f"{listed([each.account])}: suspended, so that AWS does not delete its stack; take it out with --retain-stacks "
        "of `aws cloudformation delete-stack-instances`"
        for each in part.instances
        if each.suspended
    )
    digest, gone = digest_of(name, steps, found.template, ""), compared(found.template, "")
    return SetPlan(name, tuple(steps), digest, found.template, policies=gone, broken=tuple(broken(part)), remarks=left)


def unlike(wanted: Wanted, found: StackSet) -> Iterator[str]:
    """What an update of the whole set has to mend."""
    if values_of(found.template) != values_of(wanted.template):
        yield "another template"
    if found.automatic != wanted.automatic:
        yield f"accounts to come: {'on' if wanted.automatic else 'off'}"
    behind = {each.account for each in found.instances if each.status == "OUTDATED" and not each.suspended}
    if behind:
        yield f"{counted_accounts(behind)} behind"


def missing(wanted: Wanted, found: StackSet | None) -> Iterator[CreateInstances]:
    """New units as they are, and of those that the set has the accounts and regions without an instance.

    Where the command names accounts, units have no others.
    """
    there = {(each.account, each.region) for each in found.instances} if found else set()
    known = found.units if found else frozenset()
    new = tuple(unit for unit in wanted.units if unit not in known) if wanted.automatic else ()
    if new:
        yield CreateInstances(Targets(new), wanted.regions)
    lacking: dict[tuple[str, ...], list[str]] = {}
    for account, unit in sorted(wanted.members.items()):
        regions = tuple(region for region in wanted.regions if (account, region) not in there)
        if regions and unit not in new:
            lacking.setdefault(regions, []).append(account)
    for regions, accounts in lacking.items():
        units = tuple(unit for unit in wanted.units if unit in {wanted.members[each] for each in accounts})
        yield CreateInstances(Targets(units, tuple(accounts)), regions)


def surplus(wanted: Wanted, found: StackSet) -> Iterator[DeleteInstances]:
    """Units and accounts that are not asked for any more, and regions."""
    gone = tuple(sorted(found.units - set(wanted.units)))
    if gone:
        yield DeleteInstances(Targets(gone), found.regions)
    of_accounts: dict[tuple[str, ...], list[Instance]] = {}
    for each in found.instances:
        if each.unit in gone or is_asked_for(wanted, each):
            continue
        of_accounts.setdefault((each.region,), []).append(each)
    for regions, instances in sorted(of_accounts.items()):
        units = tuple(sorted({each.unit for each in instances}))
        yield DeleteInstances(Targets(units, tuple(sorted(each.account for each in instances))), regions)


def is_asked_for(wanted: Wanted, instance: Instance) -> bool:
    """An account that is no member any more, as it has left the unit or is suspended, is AWS's to take away."""
    return instance.region in wanted.regions and (not wanted.accounts or instance.account in wanted.accounts)


def broken(found: StackSet) -> Iterator[str]:
    """The instances that AWS does not update any more."""
    for each in found.instances:
        if each.status == "INOPERABLE":
            yield (
                f"account {each.account} ({each.region}): INOPERABLE{because(each.reason)}; take the instance out of "
                "the set with --retain-stacks of `aws cloudformation delete-stack-instances`, then delete its stack"
            )


def remarks(wanted: Wanted, found: StackSet) -> Iterator[str]:
    """What runs just now, and who is about to leave the set."""
    if found.operation is not None:
        yield f"operation {found.operation.id} ({found.operation.action}) is under way; apply waits for it"
    left = sorted({each.account for each in found.instances} - wanted.members.keys() - set(wanted.accounts))
    there = [each for each in left if any(one.account == each and one.unit in wanted.units for one in found.instances)]
    if there and wanted.automatic:
        yield f"{listed(there)}: in the set, but no active account of the units any more; AWS takes it out"


def compared(before: str, after: str) -> Policies:
    """The policies of two templates, by name; a text that is none has none."""
    old, new = policies_in(values_of(before)), policies_in(values_of(after))
    return Policies(
        tuple(name for name in new if name not in old),
        tuple(name for name in new if name in old and old[name] != new[name]),
        tuple(name for name in old if name not in new),
    )


def policies_in(template: Any) -> dict[str, Any]:
    resources = template.get("Resources") if isinstance(template, dict) else None
    found = {}
    for identifier, resource in resources.items() if isinstance(resources, dict) else ():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        name = properties.get("ManagedPolicyName") if isinstance(properties, dict) else None
        found[name if isinstance(name, str) else identifier] = resource
    return found


def values_of(template: str) -> Any:
    """The JSON values of a template; a text that is no JSON, as YAML, is itself."""
    try:
        return json.loads(template)
    except ValueError:
        return template


def digest_of(name: str, steps: Iterable[Step], before: str, after: str) -> str:
    """A short name for steps and what they are made of."""
    listed_steps = [[type(step).__name__, asdict(step)] for step in steps]
    return fingerprint([name, listed_steps, values_of(before), values_of(after)])
