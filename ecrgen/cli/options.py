"""Options that several commands share, each said once, and those that go together as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from ecrgen.cli.call import complete_grant, complete_guard

__all__ = [
    "Account",
    "Aws",
    "CatalogFiles",
    "Concurrency",
    "Guards",
    "Here",
    "Json",
    "Output",
    "Partition",
    "Regions",
    "Wanted",
    "Yes",
]

Account = Annotated[
    str | None,
    typer.Option("--account", metavar="ID", help="Account in ARNs; else the catalog's, else AWS_ACCOUNT_ID."),
]
CatalogFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--catalog",
        "-c",
        metavar="FILE",
        help="Catalog file; repeatable. Else ECRGEN_CATALOG, else ./catalog.yaml, else the built-in one.",
    ),
]
Guards = Annotated[
    list[str] | None,
    typer.Option(
        "--guard",
        metavar="NAME[=VALUE,…]",
        help="Narrow with a guard, such as mfa; repeatable.",
        autocompletion=complete_guard,
    ),
]
Concurrency = Annotated[int, typer.Option("--concurrency", min=1, max=64, help="Calls to AWS under way at once.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Output = Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", help="Write there, whole or not at all.")]
Partition = Annotated[
    str | None,
    typer.Option("--partition", metavar="NAME", help="Partition in ARNs, such as aws-cn; else that of the region."),
]
Regions = Annotated[
    list[str] | None,
    typer.Option("--region", metavar="NAME", help="Region in ARNs; repeatable. Else the catalog's, else AWS_REGION."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@dataclass(frozen=True, slots=True)
class Here:
    """The account and the regions that ARNs are for."""

    region: Regions = None
    account: Account = None
    partition: Partition = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The grants that a command is about: one of a persona as told here, or those of the catalog."""

    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="GRANTEE", help="role/NAME, user/NAME, group/NAME or an ARN; repeatable."),
    ] = None
    guard: Guards = None
    managed: Annotated[bool, typer.Option("--managed", help="Attach AWS's own policy for the persona.")] = False
    region: Regions = None
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="GRANT",
            help="Only this grant of the catalog; repeatable.",
            autocompletion=complete_grant,
        ),
    ] = None
    prune: Annotated[bool, typer.Option("--prune", help="Also take away what is no longer asked for.")] = False


@dataclass(frozen=True, slots=True)
class Aws:
    """The connection to AWS."""

    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="A profile of the AWS configuration.")
    ] = None
    endpoint_url: Annotated[
        str | None, typer.Option("--endpoint-url", metavar="URL", help="Another address than AWS's.")
    ] = None
