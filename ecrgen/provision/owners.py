"""Who owns a namespace that an export made: a stack of CloudFormation, or what a tag names, such as Terraform

Two that change the same policies undo each other's work, so that a plan leaves a namespace to the one that has it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrgen.account.provenance import MANAGED_BY
from ecrgen.account.state import IamState, ManagedPolicy
from ecrgen.messages import in_words
from ecrgen.provision.changes import Plan, arn_of, name_of
from ecrgen.provision.set_statements import SetStatements

__all__ = ["owned", "telling"]

# The name of a stack that a stack set makes is StackSet-NAME-ID.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
OF_A_SET = "StackSet-"


def telling(plan: Plan, actual: IamState) -> tuple[str, ...]:
    """The names of the policies that tell who owns the namespace: those that change, and else one for all.

    None where none of its policies changes: what grants say elsewhere is no export's.
    """
    changes = (each for each in plan.changes if not isinstance(each, SetStatements))
    names = {name_of(each) for each in changes if actual.namespace.owns(arn_of(each))}
    return tuple(sorted(names & actual.policies.keys() or sorted(actual.policies)[: bool(names)]))


def owned(actual: IamState) -> Iterator[str]:
    """A sentence for each owner of policies whose tags and stacks were read, with what to do."""
    found: dict[str, list[str]] = {}
    for policy in actual.policies.values():
        owner, way = owner_of(policy)
        if owner:
            found.setdefault(f"{owner}; {way}", []).append(policy.name)
    for owner, names in found.items():
        which = in_words(names) if len(names) < 4 else f"{names[0]} and {len(names) - 1} more"
        yield f"namespace {actual.namespace.name}: {which} {'belongs' if len(names) == 1 else 'belong'} to {owner}"


def owner_of(policy: ManagedPolicy) -> tuple[str, str]:
    """Who has a policy, and how it is changed there; empty where nothing tells of anybody."""
    tag = (policy.tags or {}).get(MANAGED_BY, "")
    back = "docs/moving.md says how ecrgen takes it back"
    if policy.stack:
        command = "stackset apply" if policy.stack.startswith(OF_A_SET) else "export cloudformation"
        return f"CloudFormation's stack {policy.stack}", f"change it by `ecrgen {command}`; {back}"
    if tag == "terraform":
        return "Terraform", f"change it by `ecrgen export terraform`; {back}"
    return (f"{tag}, as the tag {MANAGED_BY} says" if tag else ""), f"change it there; {back}"
