"""What import finds: grants, what each is in place of, and what is left"""

from __future__ import annotations

from dataclasses import dataclass

from ecrgen.catalog.model import BoundPersona, Target
from ecrgen.policy.access import Difference
from ecrgen.policy.document import PolicyDocument

__all__ = ["Candidate", "Found", "Imported", "Left", "Near"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A persona with arguments and guards for repositories of a target, and the policy that it renders to.

    Of what a resource's policy says, `policy` is what the persona says there to those whom the policy lets in.
    """

    bound: BoundPersona
    target: Target
    policy: PolicyDocument


@dataclass(frozen=True, slots=True)
class Near:
    """The persona that decides most alike, and what whoever has the policy would gain and lose by it."""

    candidate: Candidate
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A grant that decides what some policies decide, and what some statements of resources' policies do.

    `instead_of` says which policies they are, and who has each, `statements` which statements of which policies.
    `others` are services of which these policies also speak: what they say of them, they have to go on saying.
    `through`: its other half stands in the registry's policy. `unseen` are the accounts in which its identity half
    would be, and of which no file was given.
    """

    name: str
    bound: BoundPersona
    target: Target
    managed: bool
    to: tuple[str, ...]
    instead_of: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    through: bool = False
    statements: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """What became no grant: policies that are called so and who has them, or `statement`, a resource policy's.

    Why, and the persona that is nearest, if any.
    """

    policies: tuple[str, ...]
    reason: str
    near: Near | None = None
    statement: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """The grants, what is left, and the number of policies that say nothing about ECR. `home` is the catalog's own."""

    home: Target
    sources: tuple[str, ...]
    grants: tuple[Found, ...]
    left: tuple[Left, ...]
    silent: int
