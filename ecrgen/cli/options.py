"""Options that several commands share, each said once, and those that go together as one value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from ecrgen.cli.call import among, complete_grant, complete_guard, complete_region
from ecrgen.messages import in_words
from ecrgen.policy.arn import PARTITIONS

__all__ = [
    "Account",
    "Accounts",
    "Aws",
    "CatalogFiles",
    "Concurrency",
    "Consent",
    "Guards",
    "Half",
    "Here",
    "Json",
    "Output",
    "Partition",
    "Preview",
    "Regions",
    "Wanted",
    "format_option",
]

Account = Annotated[
    str | None,
    typer.Option("--account", metavar="ID", help="Account id for ARNs. Else the catalog's, else AWS_ACCOUNT_ID."),
]
Accounts = Annotated[
    bool,
    typer.Option("--accounts", help="In all accounts that the catalog names under accounts, by the credentials there."),
]
CatalogFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--catalog",
        "-c",
        metavar="FILE",
        help="Catalog file, or - for standard input; repeatable. Else ECRGEN_CATALOG, else ./catalog.yaml, "
        "else the built-in one.",
    ),
]
Guards = Annotated[
    list[str] | None,
    typer.Option(
        "--guard",
        metavar="NAME[=VALUE,…]",
        help="Allow less with a guard, such as mfa; repeatable.",
        autocompletion=complete_guard,
    ),
]
Concurrency = Annotated[
    int,
    typer.Option("--concurrency", metavar="N", min=1, max=64, help="How many calls to AWS may run at the same time."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Output = Annotated[
    str | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Write to this file instead of standard output, which is also -."
    ),
]
Partition = Annotated[
    str | None,
    typer.Option(
        "--partition",
        metavar="NAME",
        help="Partition for ARNs, such as aws-cn. Else the region's.",
        autocompletion=among(PARTITIONS),
    ),
]
Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        metavar="NAME",
        help="Region for ARNs; repeatable. Else the catalog's, else AWS_REGION.",
        autocompletion=complete_region,
    ),
]
Preview = Annotated[bool, typer.Option("--preview", help="Show the plan and its digest, and change nothing.")]


def format_option(forms: Iterable[str], what: str, otherwise: str = "") -> Any:
    """The option --format of a command that can `what` in these formats; `otherwise` is a sentence about none."""
    names = tuple(forms)
    help_text = f"How to {what}: {in_words(names, 'or')}.{' ' if otherwise else ''}{otherwise}"
    return typer.Option("--format", metavar="FORMAT", help=help_text, autocompletion=among(names))


@dataclass(frozen=True, slots=True)
class Here:
    """The account and the regions that ARNs are for."""

    region: Regions = None
    account: Account = None
    partition: Partition = None


@dataclass(frozen=True, slots=True)
class Half:
    """Which half of a grant is rendered, and for whom, where a persona is named."""

    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to", metavar="GRANTEE", help="role/NAME, an ARN, account/ID, org/ID, service/NAME; repeatable."
        ),
    ] = None
    repository_policy: Annotated[
        bool, typer.Option("--repository-policy", help="What the repositories' own policies say for other accounts.")
    ] = False
    identity: Annotated[bool, typer.Option("--identity", help="What the grantee's own policy says, as usual.")] = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """The grants that a command is about: one of a persona as told here, or those of the catalog."""

    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to", metavar="GRANTEE", help="Who gets it: role/NAME, user/NAME, group/NAME or an ARN; repeatable."
        ),
    ] = None
    guard: Guards = None
    managed: Annotated[
        bool,
        typer.Option("--managed", help="Attach AWS's own managed policy for the persona instead of a rendered one."),
    ] = False
    region: Regions = None
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="GRANT",
            help="Leave out all grants of the catalog but this one; repeatable.",
            autocompletion=complete_grant,
        ),
    ] = None
    prune: Annotated[bool, typer.Option("--prune", help="Also remove access that is no longer asked for.")] = False


@dataclass(frozen=True, slots=True)
class Consent:
    """How a person or a pipeline agrees to a plan."""

    yes: Annotated[bool, typer.Option("--yes", help="Go ahead without asking.")] = False
    plan_digest: Annotated[
        str | None,
        typer.Option("--plan-digest", metavar="DIGEST", help="Go ahead only if the plan still has this digest."),
    ] = None


@dataclass(frozen=True, slots=True)
class Aws:
    """The connection to AWS."""

    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="The profile of the AWS configuration to use.")
    ] = None
    endpoint_url: Annotated[
        str | None,
        typer.Option(
            "--endpoint-url", metavar="URL", help="Send requests to this URL instead of AWS, such as to a test server."
        ),
    ] = None
