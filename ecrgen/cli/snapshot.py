"""`ecrgen snapshot`"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ecrgen.account.connection import connect
from ecrgen.account.take_snapshot import take_snapshot
from ecrgen.cli.call import Call, target_of
from ecrgen.cli.files import check_file, write_file
from ecrgen.cli.options import Aws, Concurrency, Json, Output, Regions
from ecrgen.cli.output import note, print_text, say, steps
from ecrgen.cli.views import WRITTEN, show
from ecrgen.cli.views.files import Written
from ecrgen.cli.views.formats import json_text
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words


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
    json: Json = False,
) -> None:
    """Write all that the account has which decides about access to ECR, as a file for --state."""
    file = None if output in (None, "-") else Path(output or "")
    if file is not None:
        check_file(file)  # before it takes minutes to read what could not be written then
    target = target_of(call.catalog, region=region)
    if "region" in target.examples:
        raise EcrgenError("--region: name the regions of your registries; neither the catalog nor AWS_REGION does")
    connection = connect(
        profile=aws.profile, endpoint_url=aws.endpoint_url, region=target.regions[0], concurrency=concurrency
    )
    if target.partition != connection.partition:
        raise EcrgenError(
            f"--region: {in_words(target.regions)}: of partition {target.partition}, and the credentials are of "
            f"{connection.partition}"
        )
    with steps(f"reading account {connection.account}") as watch:
        made = take_snapshot(connection, target.regions, datetime.now(UTC), organization=organization, watch=watch)
    if file is None:
        print_text(json_text(made))
    else:
        write_file(file, json_text(made))
        say(f"wrote account {connection.account} with {len(made['repositories'])} repositories to {output}")
        if json:
            show(WRITTEN, Written(str(file)))
    for gap in made["unread"]:
        note(f"not read: {gap['what']}: {gap['reason']}")
