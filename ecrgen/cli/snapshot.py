"""`ecrgen snapshot`"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ecrgen.account.connection import connect
from ecrgen.account.take_snapshot import take_snapshot
from ecrgen.cli.call import Call, target_of
from ecrgen.cli.files import write_file
from ecrgen.cli.options import Aws, Concurrency, Output, Regions
from ecrgen.cli.output import note, print_text, say, waiting
from ecrgen.cli.views.formats import json_text
from ecrgen.errors import EcrgenError


def run(
    call: Call,
    *,
    region: Regions = None,
    organization: Annotated[
        bool,
        typer.Option("--organization", help="Also read the policies above each account of the organization."),
    ] = False,
    output: Output = None,
    aws: Aws,
    concurrency: Concurrency = 8,
) -> None:
    """Write all that the account has which decides about access to ECR, as a file for --state."""
    target = target_of(call.catalog, region=region)
    if "region" in target.examples:
        raise EcrgenError("--region: name the regions of your registries; neither the catalog nor AWS_REGION does")
    connection = connect(
        profile=aws.profile, endpoint_url=aws.endpoint_url, region=target.regions[0], concurrency=concurrency
    )
    with waiting(f"reading account {connection.account}"):
        made = take_snapshot(connection, target.regions, datetime.now(UTC), organization=organization)
    if output in (None, "-"):
        print_text(json_text(made))
    else:
        write_file(Path(output or ""), json_text(made))
        say(f"wrote account {connection.account} with {len(made['repositories'])} repositories to {output}")
    for gap in made["unread"]:
        note(f"not read: {gap['what']}: {gap['reason']}")
    denied = [each["unread"] for each in (*made["repositories"], *made["registries"]) if "unread" in each]
    if denied:
        note(f"not read: {len(denied)} policies of repositories and registries, such as {denied[0]}")
