"""Options that several commands share, each said once."""

from __future__ import annotations

from typing import Annotated

import typer

from ecrgen.cli.personas import complete_guard

__all__ = ["Account", "EndpointUrl", "Guards", "Json", "Output", "Partition", "Profile", "Regions"]

Account = Annotated[
    str | None,
    typer.Option("--account", metavar="ID", help="Account in ARNs; else AWS_ACCOUNT_ID, else the catalog's."),
]
EndpointUrl = Annotated[str | None, typer.Option("--endpoint-url", metavar="URL", help="Another address than AWS's.")]
Guards = Annotated[
    list[str] | None,
    typer.Option(
        "--guard",
        metavar="NAME[=VALUE,…]",
        help="Narrow with a guard, such as mfa; repeatable.",
        autocompletion=complete_guard,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Output = Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", help="Write there, whole or not at all.")]
Partition = Annotated[
    str | None,
    typer.Option("--partition", metavar="NAME", help="Partition in ARNs, such as aws-cn; else that of the region."),
]
Profile = Annotated[str | None, typer.Option("--profile", metavar="NAME", help="A profile of the AWS configuration.")]
Regions = Annotated[
    list[str] | None,
    typer.Option("--region", metavar="NAME", help="Region in ARNs; repeatable. Else AWS_REGION, else the catalog's."),
]
