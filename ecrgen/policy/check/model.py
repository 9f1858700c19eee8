"""The view of a policy that the check families look at: what is well-formed in it, each value with its path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ecrgen.policy.elements import VERSION, Scalar
from ecrgen.policy.grammar import DocumentParts, Fault, StatementParts
from ecrgen.policy.kinds import PolicyKind
from ecrgen.policy.operators import Operator
from ecrgen.policy.paths import Steps, step

__all__ = ["PRINCIPAL_KINDS", "ConditionView", "PolicyView", "PrincipalKind", "PrincipalView", "StatementView", "Texts"]


@dataclass(frozen=True, slots=True)
class Texts:
    """The strings of one element, with its path in the document.

    `indexes` are theirs in the list as written, which may hold malformed items between them; None for one string that
    was written without a list.
    """

    path: str
    values: tuple[str, ...]
    indexes: Sequence[int] | None = None

    def at(self, index: int) -> str:
        """The path of the value with this index."""
        return self.path if self.indexes is None else f"{self.path}[{self.indexes[index]}]"


@dataclass(frozen=True, slots=True)
class ConditionView:
    """One condition key under one operator: `block` is the operator's path, `indexes` are as in Texts.

    `lower` is the key in lower case, as IAM compares keys.
    """

    operator: Operator
    key: str
    lower: str
    values: tuple[Scalar, ...]
    block: str
    indexes: Sequence[int] | None

    @property
    def path(self) -> str:
        return f"{self.block}.{step(self.key)}"

    def at(self, index: int) -> str:
        """The path of the value with this index."""
        return self.path if self.indexes is None else f"{self.path}[{self.indexes[index]}]"

    def strings(self) -> Iterator[tuple[int, str]]:
        """The values that are strings, with their indexes."""
        return ((index, value) for index, value in enumerate(self.values) if isinstance(value, str))


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")


class PrincipalView(NamedTuple):
    """One principal: kind is AWS, Service, Federated or CanonicalUser, or `*` for `"Principal": "*"`."""

    kind: str
    value: str
    path: str


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement; what is absent or malformed is None. `parts` are its elements as the grammar's reader gives them."""

    path: str
    parts: StatementParts
    action: Texts | None
    not_action: Texts | None
    resource: Texts | None
    not_resource: Texts | None
    principals: tuple[PrincipalView, ...]
    not_principals: tuple[PrincipalView, ...]
    conditions: tuple[ConditionView, ...]

    @property
    def effect(self) -> Literal["Allow", "Deny"] | None:
        return self.parts.effect

    @property
    def allows(self) -> bool:
        return self.effect == "Allow"

    def elements(self) -> Iterator[Texts]:
        """Action or NotAction, Resource or NotResource: what there is."""
        return (
            texts for texts in (self.action, self.not_action, self.resource, self.not_resource) if texts is not None
        )


PrincipalKind = Literal["user", "role", "group"]


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A document of which at least the statements that are objects could be read, and the faults of its grammar.

    `parts` is None where nothing was read. `size` is the number of characters without white space, 0 for a text shorter
    than any quota; `sent` is the number of characters of the text as it stands, None where there is no text.
    `principal_kind` says whom an identity policy is for, None where nobody said so. `new_regions` are regions beside
    those that are known.
    """

    kind: PolicyKind
    parts: DocumentParts | None = None
    statements: tuple[StatementView, ...] = ()
    faults: tuple[Fault, ...] = ()
    size: int = 0
    sent: int | None = None
    principal_kind: PrincipalKind | None = None
    new_regions: frozenset[str] = frozenset()

    @property
    def version(self) -> str | None:
        return None if self.parts is None else self.parts.version

    @property
    def has_variables(self) -> bool:
        """True where `${…}` is a variable, as in PolicyDocument."""
        return self.version == VERSION

    def malformed(self) -> frozenset[Steps]:
        """The ways to the values that have a fault, by themselves or in an item."""
        if not self.faults:
            return frozenset()
        return frozenset(steps for fault in self.faults for steps in (fault.steps, fault.steps[:-1]))
