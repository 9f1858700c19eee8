"""The values that a catalog holds: personas, guards, operations, expectations, grants and accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from ecrgen.catalog.arguments import Argument, Parameter
from ecrgen.catalog.grantees import GranteeKind
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import partition_of
from ecrgen.policy.document import PolicyDocument

__all__ = [
    "BoundGuard",
    "BoundPersona",
    "Client",
    "ClientRequest",
    "Expectation",
    "Grant",
    "Guard",
    "Ignore",
    "NamedAccount",
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
    """A promise of a persona: with these arguments, each of `allow` is allowed and each of `deny` is denied.

    The entries are questions as `ecrgen can` takes them: `login`, `push my-repo`, `ecr:ListImages my-repo`.
    `principal` asks them (None: a user of the account), with the keys of `context`. `to` are the grantees of a persona
    that is for a registry's policy.
    """

    arguments: Mapping[str, object]
    guards: tuple[str, ...]
    principal: str | None
    context: Mapping[str, str | tuple[str, ...]]
    allow: tuple[str, ...]
    deny: tuple[str, ...]
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Persona:
    """A named kind of access: a template, and the parameters that it needs values for.

    `managed_policy` names the policy of AWS's own that a grant with `managed: true` attaches instead; where it is None,
    one that gives the same is found by comparison. `source` is the page of AWS's documentation that the access comes
    from. `policy` is where its statements stand: in the grantees' policies, or in the registry's, which names the
    grantees. `to` are the kinds of grantees that it is for, empty for all.
    """

    name: str
    summary: str
    template: Template
    source: str | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    managed_policy: str | None = None
    expect: tuple[Expectation, ...] = ()
    policy: Literal["identity", "registry"] = "identity"
    to: tuple[GranteeKind, ...] = ()

    @property
    def of_registry(self) -> bool:
        """True where its statements stand in the registry's policy, and nowhere else."""
        return self.policy == "registry"


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition that narrows every Allow statement of a policy, and the parameter that it needs a value for.

    `caution` says who is locked out by it, and `breaks` are the actions for which that is known. `only_for` says who
    can meet it: `identities` (whoever has identity policies), `services` (AWS services), or None for both.
    """

    name: str
    summary: str
    template: Template
    source: str | None = None
    parameter: Parameter | None = None
    caution: str | None = None
    breaks: tuple[str, ...] = ("*",)
    only_for: Literal["identities", "services"] | None = None


@dataclass(frozen=True, slots=True)
class BoundGuard:
    """A guard with its value. `str()` of it is what files and command lines take: `NAME` or `NAME=VALUE,…`."""

    guard: Guard
    value: Argument | None = None

    def __str__(self) -> str:
        if self.value is None:
            return self.guard.name
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        return f"{self.guard.name}={','.join(str(value) for value in values)}"


@dataclass(frozen=True, slots=True)
class BoundPersona:
    """A persona with values for all its parameters, and guards. With a target it can be rendered.

    `arguments` are by parameter: a value, a tuple of values where the parameter is `many`, or None.
    """

    persona: Persona
    arguments: Mapping[str, Argument | None]
    guards: tuple[BoundGuard, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """A request of a client: the actions that AWS asks for it, and what the client shows where one is denied.

    `shows` may hold {denial}, AWS's whole sentence, its {principal}, {action} and {resource}, and {image}, {url},
    {account} and {repository}. `request` is a method and the path below the repository
    (`POST blobs/uploads/`), or the name of an API's operation.
    """

    actions: tuple[str, ...]
    shows: str
    request: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """A client and its requests for an operation whose denial it shows, in the order in which it makes them."""

    name: str
    requests: tuple[ClientRequest, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """A task of a person or a client, as the API actions that it needs.

    `on` is `repository`, or `registry` for actions that are asked of `*`; `needs` are operations that come first.
    `message` is the text of a docker client when any action is denied, with {principal}, {action} and {resource} in
    it; `clients` say more of it, for each client and request.
    """

    name: str
    actions: tuple[str, ...]
    on: str
    needs: tuple[str, ...] = ()
    summary: str = ""
    source: str | None = None
    message: str | None = None
    clients: tuple[Client, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """A bound persona under a name, to grantees as written, such as `role/NAME`, an ARN or `account/ID`.

    `managed` attaches AWS's own policy instead of a rendered one. `expires` is the end of its guard of that name.
    `account` and `regions` are those of its repositories, where they are not the catalog's. `through_registry` has what
    other accounts need said in the registry's policy, not in the repositories'.
    """

    name: str
    bound: BoundPersona
    to: tuple[str, ...] = ()
    managed: bool = False
    expires: datetime | None = None
    account: str | None = None
    regions: tuple[str, ...] = ()
    through_registry: bool = False

    def target(self, target: Target) -> Target:
        """The target that its ARNs point at: this one, but for what the grant itself says.

        Raises EcrgenError where its regions are of another partition.
        """
        for region in self.regions:
            if partition_of(region) != target.partition:
                raise EcrgenError(f"region: {region} is no region of partition {target.partition}")
        own = {"account": self.account, "region": self.regions}
        return replace(
            target,
            account=self.account or target.account,
            regions=self.regions or target.regions,
            examples=target.examples - {name for name, value in own.items() if value},
        )

    @property
    def persona(self) -> Persona:
        """The persona that is granted."""
        return self.bound.persona

    @property
    def arguments(self) -> Mapping[str, Argument | None]:
        """The persona's arguments, by parameter."""
        return self.bound.arguments

    @property
    def guards(self) -> tuple[BoundGuard, ...]:
        """The guards that narrow it."""
        return self.bound.guards

    def ended(self, now: datetime) -> bool:
        """Tell if the grant's guard `expires` has passed at that moment, which has a time zone."""
        return self.expires is not None and self.expires <= now


@dataclass(frozen=True, slots=True)
class Ignore:
    """A kind of finding that somebody has looked at and accepts: the rule's code, the subject, and the reason.

    `where` is a subject as check names it, such as `grant web`, or a name or file of one; empty for all. `place` is
    where a catalog says so, as `file:line`, empty for a command line.
    """

    code: str
    where: str
    because: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """An account under the name that a catalog gives it, and what reaches it: a profile, or a role (its ARN)."""

    name: str
    id: str
    profile: str | None = None
    role: str | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"


@dataclass(frozen=True, slots=True)
class Target:
    """The partition, account and regions that a policy's ARNs point at.

    `examples` are the names of the fields (`account`, `region`) that hold values of AWS's examples. `overruled` has a
    sentence for each variable of the environment that names something else than the catalog, whose value counts.
    """

    partition: str
    account: str
    regions: tuple[str, ...]
    examples: frozenset[str] = frozenset()
    overruled: tuple[str, ...] = field(default=(), compare=False)


class Rendered(NamedTuple):
    """A grant and the policy document it renders to."""

    grant: Grant
    policy: PolicyDocument
