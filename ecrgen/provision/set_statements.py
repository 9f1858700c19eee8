"""The change of a resource's policy: data that is shown and applied, like those of IAM in `changes`."""

from __future__ import annotations

from dataclasses import dataclass

from ecrgen.account.resource_policies import SharedPlace
from ecrgen.account.shared_document import JsonStatement, SharedDocument, is_same
from ecrgen.errors import PolicyError
from ecrgen.policy.document import PolicyDocument, Statement

__all__ = ["SetStatements"]


@dataclass(frozen=True, slots=True)
class SetStatements:
    """Make the namespace's statements in the policy of a repository or a registry these; others' stay as they are.

    `document` is the policy as it is by then. `goes`: of grants that ask for nothing there any more, the statements go.
    """

    place: SharedPlace
    document: SharedDocument
    statements: tuple[JsonStatement, ...]
    goes: bool = False

    @property
    def after(self) -> SharedDocument:
        """The policy as it is afterwards, unless others change it meanwhile."""
        return self.document.with_ours(self.statements)

    @property
    def grants(self) -> tuple[str, ...]:
        """The grants whose statements it changes, in order; not those of statements that no grant explains."""
        before, after = self.document.by_grant(), self.after.by_grant()
        changed = {name for name in {*before, *after} if not is_same(before.get(name, ()), after.get(name, ()))}
        return tuple(sorted(name for name in changed if name is not None))

    @property
    def takes_out(self) -> bool:
        """True where it leaves no statement of the grants that it changes."""
        return self.goes or self.after.by_grant().keys().isdisjoint(self.grants)

    def said(self) -> tuple[PolicyDocument | None, PolicyDocument | None]:
        """What the namespace says before and after it; None for nothing, and for what cannot be read."""
        return readable(self.document.ours), readable(self.statements)


def readable(statements: tuple[JsonStatement, ...]) -> PolicyDocument | None:
    try:
        found = tuple(map(Statement.from_dict, statements))
    except PolicyError:
        return None
    return PolicyDocument(found) if found else None
