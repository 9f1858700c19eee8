"""The values that a catalog holds: personas, guards, operations, expectations and grants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ecrgen.catalog.arguments import Argument, Parameter
from ecrgen.policy.document import PolicyDocument

__all__ = [
    "BoundGuard",
    "BoundPersona",
    "Expectation",
    "Grant",
    "Guard",
    "Operation",
    "Persona",
    "Rendered",
    "Target",
    "Template",
]


@dataclass(frozen=True, slots=True)
class Template:
    """A jinja2 template: its name below `directory`, the `templates/` beside the file that names it."""

    directory: Path
    name: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a persona promises: with these arguments, each of `allow` is allowed and each of `deny` is denied.

    The entries are what `ecrgen can` is asked: `login`, `push my-repo`, `ecr:ListImages my-repo`.
    """

    arguments: Mapping[str, object]
    guards: tuple[str, ...]
    principal: str | None
    context: Mapping[str, str | tuple[str, ...]]
    allow: tuple[str, ...]
    deny: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Persona:
    """A named kind of access. `managed_policy` names the AWS managed policy that gives the same, if there is one."""

    name: str
    summary: str
    template: Template
    source: str | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    managed_policy: str | None = None
    expect: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition that narrows. `caution` says what it breaks; `breaks` are the actions for which that is known."""

    name: str
    summary: str
    template: Template
    source: str | None = None
    parameter: Parameter | None = None
    caution: str | None = None
    breaks: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class BoundGuard:
    """A guard with its value; `str()` gives the form of files and command lines, `NAME=VALUE,…`."""

    guard: Guard
    value: Argument | None = None

    def __str__(self) -> str:
        if self.value is None:
            return self.guard.name
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        return f"{self.guard.name}={','.join(str(value) for value in values)}"


@dataclass(frozen=True, slots=True)
class BoundPersona:
    """A persona with arguments for all its parameters, and guards: all that rendering needs but the target."""

    persona: Persona
    arguments: Mapping[str, Argument | None]
    guards: tuple[BoundGuard, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """What a person or a client does, as API actions on a repository or on the registry (`*`).

    `message` is what the docker client shows when an action is denied, with {principal}, {action} and {resource}.
    """

    name: str
    actions: tuple[str, ...]
    on: str
    needs: tuple[str, ...] = ()
    summary: str = ""
    source: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A bound persona under a name, to grantees (`role/NAME` …, as written). `managed` attaches AWS's own policy."""

    name: str
    bound: BoundPersona
    to: tuple[str, ...] = ()
    managed: bool = False
    expires: datetime | None = None

    @property
    def persona(self) -> Persona:
        return self.bound.persona

    @property
    def arguments(self) -> Mapping[str, Argument | None]:
        return self.bound.arguments

    @property
    def guards(self) -> tuple[BoundGuard, ...]:
        return self.bound.guards

    def ended(self, now: datetime) -> bool:
        """Whether the grant's `expires` guard has passed."""
        return self.expires is not None and self.expires <= now


@dataclass(frozen=True, slots=True)
class Target:
    """Where a policy's ARNs point. `examples` names the fields that hold values of the AWS documentation's examples."""

    partition: str
    account: str
    regions: tuple[str, ...]
    examples: frozenset[str] = frozenset()


class Rendered(NamedTuple):
    """A grant and the policy document it renders to."""

    grant: Grant
    policy: PolicyDocument
