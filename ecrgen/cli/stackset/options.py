"""The options of stack sets, and what is wrong with them before AWS is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

import typer

from ecrgen.cli.call import complete_region
from ecrgen.errors import Problems
from ecrgen.export.stackset.calls import Pace
from ecrgen.export.stackset.plan import UNITS
from ecrgen.messages import quoted
from ecrgen.policy.names import ACCOUNT, ORGANIZATION_ROOT, ORGANIZATION_UNIT

__all__ = ["Asked", "Part", "Waiting", "check"]

Name = Annotated[str, typer.Option("--name", metavar="NAME", help="The stack set.")]
Accounts = Annotated[
    list[str] | None,
    typer.Option("--account", metavar="ID", help="Only this account of the units; repeatable."),
]
Region = Annotated[
    str | None,
    typer.Option(
        "--region",
        metavar="NAME",
        help="The region of the set and of its stacks. Else the catalog's first, else that of AWS's settings.",
        autocompletion=complete_region,
    ),
]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackSet.html
NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}", re.ASCII)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html
UNIT = re.compile(f"{ORGANIZATION_UNIT}|{ORGANIZATION_ROOT}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a set is to be."""

    name: Name
    ou: Annotated[
        list[str],
        typer.Option("--ou", metavar="ID", help="A unit or the root of the organization, with all within; repeatable."),
    ]
    account: Accounts = None
    region: Region = None
    registry: Annotated[
        bool,
        typer.Option("--registry", help="A set of the policies of registries instead, in every region of the catalog."),
    ] = False
    prune: Annotated[bool, typer.Option("--prune", help="Also delete the stacks that are no longer asked for.")] = False


@dataclass(frozen=True, slots=True)
class Part:
    """A set that may be there, or the stacks of some units and accounts of it."""

    name: Name
    ou: Annotated[
        list[str] | None,
        typer.Option("--ou", metavar="ID", help="Only the stacks that were made for this unit; repeatable."),
    ] = None
    account: Accounts = None
    region: Region = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How an operation goes through the accounts, and how long it is waited for."""

    max_concurrent_count: Annotated[
        int, typer.Option("--max-concurrent-count", metavar="N", min=1, help="In how many accounts at once.")
    ] = 1
    failure_tolerance_count: Annotated[
        int,
        typer.Option("--failure-tolerance-count", metavar="N", min=0, help="In how many accounts it may fail."),
    ] = 0
    wait: Annotated[
        int, typer.Option("--wait", metavar="MINUTES", min=1, help="How long to wait for an operation.")
    ] = 60

    @property
    def pace(self) -> Pace:
        return Pace(self.max_concurrent_count, self.failure_tolerance_count, self.wait * 60)


def check(asked: Asked | Part) -> None:
    """Raise EcrgenError with everything that is wrong with the options."""
    problems = Problems()
    if not NAME.fullmatch(asked.name):
        problems.add(f"--name: {quoted(asked.name)}: begins with a letter, then letters, digits and -, 128 at most")
    units = asked.ou or ()
    for unit in units:
        if not UNIT.fullmatch(unit):
            problems.add(f"--ou: {quoted(unit)}: is no unit (ou-…-…) and no root (r-…) of an organization")
    if len(units) > UNITS:
        problems.add(f"--ou: AWS takes {UNITS} units at once, and these are {len(units)}; name those above them")
    for account in asked.account or ():
        if not re.fullmatch(ACCOUNT, account):
            problems.add(f"--account: {quoted(account)}: an account's id has 12 digits")
    problems.stop()
