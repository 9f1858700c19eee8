"""The access that policy documents give, and the difference between two of them, in words.

Documents are compared by what they decide, not by how they are written: Sids, order, duplicates, strings or lists,
split and merged statements, and names that a wildcard covers make no difference. Where it cannot be sure that two ways
to write something decide alike, a difference is told, never withheld.

For example, one document allows ecr:PutImage on repository/a, the other on repository/*:

- `spelling` reads each as permissions, of patterns; `cells` cuts the resources into what the permissions tell apart:
  the cell of repository/a, about which both speak, and that of repository/* apart from it, about which only the second
  does. Actions and principals are one cell each.
- `compare` goes through the product of the cells. Under repository/a both give the same; under the other cell, the
  second gives ecr:PutImage and the first nothing, which is gained.
- `summarise` names the cells that gain by as few patterns as it can, repository/* with repository/a left out, and
  `difference` says it: "newly grants ecr:PutImage on repository/* (except repository/a)".

Where both have it under conditions, `restrictions` says what the conditions of one leave over beyond the other's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ecrgen.errors import EcrgenError
from ecrgen.policy.access.compare import compare
from ecrgen.policy.access.difference import Difference, Direction, Names
from ecrgen.policy.access.spelling import Spelling, read_permissions
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.elements import Effect
from ecrgen.policy.implication import Restriction

__all__ = ["Access", "Difference", "Direction", "Names", "access", "diff"]

Policies = PolicyDocument | Sequence[PolicyDocument] | None


class Access(NamedTuple):
    """One entry of the access that documents give: an action on a resource, where all conditions hold.

    `principal` is None for identity policies. An entry whose `effect` is Deny is taken away from the others.
    """

    effect: Effect
    principal: str | None
    action: str
    resource: str
    conditions: Restriction


def diff(old: Policies, new: Policies) -> tuple[Difference, ...]:
    """The access that is gained or lost by who had the old documents and gets the new ones, all of a side together.

    `diff(a, b)` and `diff(b, a)` are each other with gained and lost exchanged. None is no document. Whoever gives up
    a Deny gains. A statement that would take too long to compare is a difference by itself, which says so. Raises
    EcrgenError where one document is for identities and another for a resource.
    """
    statements = [statement for policy in (*documents(old), *documents(new)) for statement in policy.statements]
    if len({statement.principal is None and statement.not_principal is None for statement in statements}) > 1:
        raise EcrgenError("one is a policy for identities, the other for a resource: they cannot be compared")
    spelling = Spelling()
    before, after = read_permissions(documents(old), spelling), read_permissions(documents(new), spelling)
    found = compare(before, after, spelling)
    return tuple(sorted(found, key=lambda each: (each.direction, each.effect, each.words)))


def access(policies: Policies) -> tuple[Access, ...]:
    """The access that documents give and deny, without entries that another contains or a Deny takes back whole.

    An action with a wildcard stands beside the actions that it names today; those of a whole service and `*` stand
    alone. Raises EcrgenError as `diff` does.
    """
    return tuple(dict.fromkeys(entry for each in diff(None, policies) for entry in entries(each)))


def entries(difference: Difference) -> Iterator[Access]:
    for names in difference.actions:
        for action in (str(names), *expanded(names)):
            for resource in difference.resources:
                for principal in tuple(map(str, difference.principals)) or (None,):
                    yield Access(difference.effect, principal, action, str(resource), difference.conditions)


def expanded(names: Names) -> tuple[str, ...]:
    """The actions that a pattern within one service names today."""
    service, _, action = names.pattern.partition(":")
    if names.rest or action == "*" or not ({"*", "?"} & set(action)) or {"*", "?"} & set(service):
        return ()
    from ecrgen.policy.reference import expand  # reads data of several megabytes

    excepted = {name for pattern in names.excepted for name in expand(pattern)}
    return tuple(name for name in expand(names.pattern) if name not in excepted)


def documents(policies: Policies) -> Sequence[PolicyDocument]:
    if policies is None:
        return ()
    return (policies,) if isinstance(policies, PolicyDocument) else policies
