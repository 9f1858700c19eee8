"""The policies that limit what others give, as `can` takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from ecrgen.cli.documents import Named, read_policies
from ecrgen.errors import EcrgenError, Problems, together
from ecrgen.policy.kinds import BOUNDARY, RESOURCE_CONTROL, SERVICE_CONTROL, SESSION, VPC_ENDPOINT, PolicyKind

__all__ = ["Limiting", "Limits", "read_limits"]

EACH = "each option is one level, root first; a directory is all policies of a level."


@dataclass(frozen=True, slots=True)
class Limits:
    """The files of policies that limit."""

    boundary: Annotated[
        str | None, typer.Option("--boundary", metavar="FILE", help="The caller's permissions boundary.")
    ] = None
    session: Annotated[
        str | None, typer.Option("--session", metavar="FILE", help="The policy of the caller's session.")
    ] = None
    scp: Annotated[
        list[str] | None,
        typer.Option("--scp", metavar="FILE", help=f"Service control policies above the caller; {EACH}"),
    ] = None
    rcp: Annotated[
        list[str] | None,
        typer.Option("--rcp", metavar="FILE", help=f"Resource control policies above the resource; {EACH}"),
    ] = None
    endpoint: Annotated[
        str | None,
        typer.Option("--endpoint", metavar="FILE", help="The policy of the VPC endpoint that is gone through."),
    ] = None


@dataclass(frozen=True, slots=True)
class Limiting:
    """These policies; of service and resource control policies the levels, from the organisation's root down."""

    boundary: Named | None = None
    session: Named | None = None
    scps: tuple[tuple[Named, ...], ...] = ()
    rcps: tuple[tuple[Named, ...], ...] = ()
    endpoint: Named | None = None

    def names(self) -> dict[str, list[Any]]:
        """The policies' names by evaluate's arguments, without what is not there."""
        found: dict[str, list[Any]] = {
            "boundary": [one.name for one in (self.boundary,) if one],
            "session": [one.name for one in (self.session,) if one],
            "scps": [[one.name for one in level] for level in self.scps],
            "rcps": [[one.name for one in level] for level in self.rcps],
            "endpoint": [one.name for one in (self.endpoint,) if one],
        }
        return {argument: names for argument, names in found.items() if names}


def read_limits(limits: Limits) -> Limiting:
    """The policies of these files. Raises EcrgenError with every problem, each after its option."""
    return Limiting(
        *together(
            lambda: one_of("--boundary", limits.boundary, BOUNDARY),
            lambda: one_of("--session", limits.session, SESSION),
            lambda: levels_of("--scp", limits.scp, SERVICE_CONTROL),
            lambda: levels_of("--rcp", limits.rcp, RESOURCE_CONTROL),
            lambda: one_of("--endpoint", limits.endpoint, VPC_ENDPOINT),
        )
    )


def one_of(option: str, name: str | None, kind: PolicyKind) -> Named | None:
    if name is None:
        return None
    found = read_level(option, name, kind)
    if len(found) > 1:
        raise EcrgenError(f"{option}: {name}: holds {len(found)} policies, and there is one only; name it: FILE#PLACE")
    return found[0]


def levels_of(option: str, names: list[str] | None, kind: PolicyKind) -> tuple[tuple[Named, ...], ...]:
    return tuple(read_level(option, name, kind) for name in names or ())


def read_level(option: str, name: str, kind: PolicyKind) -> tuple[Named, ...]:
    """The policies of a file or directory, which must be such as this kind is: with principals, or without."""
    problems = Problems()
    found: tuple[Named, ...] = ()
    with problems.collected(f"{option}: "):
        found = read_policies((name,))
    for one in found:
        named = [each.principal is not None or each.not_principal is not None for each in one.document.statements]
        if (any(named) and kind.principal == "refused") or (not all(named) and kind.principal == "needed"):
            problems.add(f"{option}: {one.name}: is {one.kind.words}, not {kind.words}")
    problems.stop()
    return found
