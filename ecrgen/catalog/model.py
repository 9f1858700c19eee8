"""What a catalog holds, as values: personas, guards, operations, expectations and grants."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ecrgen.catalog.arguments import Argument, Parameter
from ecrgen.errors import EcrgenError
from ecrgen.messages import quoted
from ecrgen.policy.document import PolicyDocument

__all__ = [
    "BoundGuard",
    "BoundPersona",
    "Catalog",
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


@dataclass(frozen=True)
class Catalog:
    """What access exists: the merged contents of one or more catalog files. Immutable; make one with `load`.

    `files` are the files it was read from, each with its name for messages.
    """

    personas: Mapping[str, Persona]
    guards: Mapping[str, Guard]
    operations: Mapping[str, Operation]
    grants: Mapping[str, Grant]
    namespace: str = "default"
    account: str | None = None
    regions: tuple[str, ...] = ()
    partition: str | None = None
    files: tuple[tuple[Path, str], ...] = ()

    @classmethod
    def load(cls, *paths: str | os.PathLike[str]) -> Catalog:
        """Read catalog files, or the default one: `ECRGEN_CATALOG`, else `./catalog.yaml`, else the built-in catalog.

        Raises EcrgenError with every problem of every file, each as `file:line: place: message`.
        """
        from ecrgen.catalog.load import default_catalog, load

        contents = load(paths or default_catalog())
        settings = contents.settings
        region = settings.get("region", ())
        return cls(
            personas=contents.personas,
            guards=contents.guards,
            operations=contents.operations,
            grants=contents.grants,
            namespace=settings.get("namespace", "default"),
            account=settings.get("account"),
            regions=(region,) if isinstance(region, str) else tuple(region),
            partition=settings.get("partition"),
            files=tuple((source.path, source.name) for source in contents.sources),
        )

    def persona(self, name: str) -> Persona:
        """The persona of that name. Raises EcrgenError with the nearest name."""
        from ecrgen.catalog.schema import near

        if name not in self.personas:
            raise EcrgenError(f"no persona {quoted(name)}; {near(name, tuple(self.personas))}")
        return self.personas[name]

    def target(
        self,
        account: str | None = None,
        region: str | Iterable[str] | None = None,
        partition: str | None = None,
        named: Callable[[str], str] = str,
    ) -> Target:
        """Where ARNs point: as given, else AWS_REGION, AWS_DEFAULT_REGION and AWS_ACCOUNT_ID, else the catalog's own.

        What nobody says is AWS's example value, and named in the target's `examples`.
        """
        from ecrgen.catalog.bind import bind_target

        return bind_target(
            account,
            region,
            partition,
            catalog_account=self.account,
            catalog_regions=self.regions,
            catalog_partition=self.partition,
            named=named,
        )

    def bind(
        self,
        name: str,
        arguments: Mapping[str, object],
        guards: Iterable[str] = (),
        named: Callable[[str], str] = str,
        now: datetime | None = None,
    ) -> BoundPersona:
        """A persona with arguments and guards. Raises EcrgenError with every problem; `named` words names.

        With `now`, an `expires` guard that has passed is a problem.
        """
        from ecrgen.catalog.bind import bind_persona

        return bind_persona(self.persona(name), arguments, self.guards, guards, named, now)

    def render(
        self,
        name: str,
        *,
        account: str | None = None,
        region: str | Iterable[str] | None = None,
        partition: str | None = None,
        guards: Iterable[str] = (),
        **arguments: object,
    ) -> PolicyDocument:
        """The policy document of a persona with these arguments and guards (`mfa`, `via=cloudformation.amazonaws.com`).

        Warns (UserWarning) when the document holds an account or region of AWS's examples because nobody named one.
        Raises EcrgenError with every problem.
        """
        from ecrgen.catalog.render import example_note, render
        from ecrgen.errors import together

        bound, target = together(
            lambda: self.bind(name, arguments, guards), lambda: self.target(account, region, partition)
        )
        policy = render(bound, target)
        note = example_note(policy, target)
        if note:
            warnings.warn(note, stacklevel=2)
        return policy

    def render_all(
        self,
        *,
        account: str | None = None,
        region: str | Iterable[str] | None = None,
        partition: str | None = None,
    ) -> Iterator[Rendered]:
        """Every grant with its policy document, one at a time, in the order of the files.

        Warns and raises as `render` does, once and for the first, with the name of the grant.
        """
        from ecrgen.catalog.render import example_note, render

        target = self.target(account, region, partition)
        noted = False
        for grant in self.grants.values():
            try:
                policy = render(grant.bound, target)
            except EcrgenError as error:
                raise EcrgenError(*(f"grant {grant.name}: {problem}" for problem in error.problems)) from None
            note = None if noted or not target.examples else example_note(policy, target)
            if note:
                noted = True
                warnings.warn(note, stacklevel=2)
            yield Rendered(grant, policy)
