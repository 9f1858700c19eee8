"""`ecrgen explain`"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from ecrgen.account.authorization import Authorization
from ecrgen.audit.denial import Denial
from ecrgen.audit.explain import explain
from ecrgen.cli.call import Call
from ecrgen.cli.documents import read_text
from ecrgen.cli.options import Aws, Json
from ecrgen.cli.state import States, read_accounts
from ecrgen.cli.views import EXPLANATION, show
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import Arn

Text = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TEXT",
        help="The message, or events of CloudTrail; without it, or as -, from standard input.",
        show_default=False,
    ),
]


Details = Annotated[
    bool,
    typer.Option(
        "--authorization-details",
        help="Also ask IAM what it keeps of the denial, by the authorization id of the message; needs credentials.",
    ),
]


def run(
    call: Call,
    text: Text = None,
    *,
    state: States = None,
    authorization_details: Details = False,
    aws: Aws,
    json: Json = False,
) -> None:
    """Why access was denied, and what lets it through; exit 1 where the text is none that it knows."""
    if (aws.profile or aws.endpoint_url) and not authorization_details:
        option = "profile" if aws.profile else "endpoint-url"
        raise EcrgenError(f"--{option}: is for --authorization-details, which calls AWS")
    given = " ".join(text or ["-"])
    if given == "-" and "-" in (state or ()):
        raise EcrgenError("-: standard input can be read once only; name a file after --state")
    accounts = read_accounts(state) if state else None
    if given == "-":
        given = read_text("-").decode(errors="replace")
    if not given.strip():
        raise EcrgenError("no text: give the message as an argument or on standard input")
    found = explain(call.catalog, given, accounts, asker(aws) if authorization_details else None)
    show(EXPLANATION, found, EXPLANATION.form("", json=json))
    if not found.known:
        raise typer.Exit(1)


def asker(aws: Aws) -> Callable[[Denial], Authorization]:
    """Asks AWS in the region of the denial, which its message tells or else its resource."""

    def ask(denial: Denial) -> Authorization:
        from ecrgen.account.fetch_authorization import authorization, toolbox

        arn = Arn.parse(denial.resource or "")
        region = denial.region or (arn.region if arn else "")
        client = toolbox(profile=aws.profile, endpoint_url=aws.endpoint_url, region=region or None)
        return authorization(client, denial.authorization or "")

    return ask
