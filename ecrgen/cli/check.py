"""`ecrgen check`"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.schema import near
from ecrgen.cli.call import Call, option_name
from ecrgen.cli.documents import read_text
from ecrgen.cli.options import Aws, Json
from ecrgen.cli.output import note, progress
from ecrgen.cli.views import CHECKED, show
from ecrgen.cli.views.proofs import Checked, summary
from ecrgen.errors import EcrgenError, Problems
from ecrgen.messages import quoted
from ecrgen.policy.check import SEVERITIES, Finding, Severity, check
from ecrgen.policy.document import PolicyDocument
from ecrgen.proof.proofs import Find, Kind, Proof, prove_grant, prove_personas, prove_text

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PERSONA|FILE]…", help="Personas and policies' files, - for standard input. Else the whole catalog."
    ),
]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on", metavar="SEVERITY", help="error, security-warning, warning or suggestion, and all worse."
    ),
]
Form = Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, json or sarif.")]
Online = Annotated[
    bool, typer.Option("--access-analyzer", help="Also ask IAM Access Analyzer, which needs credentials.")
]


def run(
    call: Call,
    *,
    names: Names = None,
    fail_on: FailOn = "security-warning",
    form: Form = "text",
    access_analyzer: Online = False,
    aws: Aws,
    json: Json = False,
) -> None:
    """Findings about policies by Access Analyzer's codes, and a catalog's expectations; exit 1 where one fails."""
    severity = severity_of(fail_on)
    chosen = CHECKED.form(form, json=json)
    if json and form == "sarif":
        raise EcrgenError("--json: is --format json; leave one of the two out")
    if (aws.profile or aws.endpoint_url) and not access_analyzer:
        option = "profile" if aws.profile else "endpoint-url"
        raise EcrgenError(f"--{option}: is for --access-analyzer, which calls AWS")
    find = find_online(call.catalog, aws) if access_analyzer else find_offline(call.catalog)
    proofs = tuple(prove_names(call.catalog, names, find) if names else prove_catalog(call.catalog, find))
    holds = all(proof.holds(severity) for proof in proofs)
    show(CHECKED, Checked(proofs, call.catalog, holds), chosen)
    if chosen == "text":
        note(summary(proofs))
    if not holds:
        raise typer.Exit(1)


def find_offline(catalog: Catalog) -> Find:
    return lambda policy, kind: check(policy, principal_kind=kind, new_regions=catalog.new_regions)


def find_online(catalog: Catalog, aws: Aws) -> Find:
    """Offline findings and those of Access Analyzer as one list. Raises EcrgenError for a profile that is not there."""
    from ecrgen.provision.access_analyzer import analyzer, merged, validated

    region = catalog.target(named=option_name).regions[0]
    offline = find_offline(catalog)
    client = analyzer(profile=aws.profile, endpoint_url=aws.endpoint_url, region=region)

    def find(policy: PolicyDocument | bytes, kind: Kind | None) -> tuple[Finding, ...]:
        return merged(offline(policy, kind), validated(client, policy))

    return find


def severity_of(text: str) -> Severity:
    for severity in SEVERITIES:
        if text.upper().replace("-", "_") == severity:
            return severity
    names = ", ".join(severity.lower().replace("_", "-") for severity in SEVERITIES)
    raise EcrgenError(f"--fail-on: {text!r}: one of: {names}")


def prove_catalog(catalog: Catalog, find: Find) -> list[Proof]:
    """Every persona and every grant."""
    proofs = [*prove_personas(catalog, catalog.personas.values(), find)]
    target = catalog.target(named=option_name)
    grants = catalog.render_all(account=target.account, region=target.regions, partition=target.partition)
    return proofs + [prove_grant(item, find) for item in progress(grants, len(catalog.grants), "checking")]


def prove_names(catalog: Catalog, names: Sequence[str], find: Find) -> list[Proof]:
    """Personas and files by name. Raises EcrgenError with every problem."""
    problems = Problems()
    texts: dict[str, bytes] = {}
    if names.count("-") > 1:
        raise EcrgenError("-: standard input can be read once only")
    for name in names:
        if name not in catalog.personas:
            with problems.collected():
                texts[name] = text_of(name, catalog)
    problems.stop()
    personas = [catalog.personas[name] for name in dict.fromkeys(names) if name in catalog.personas]
    files = [prove_text(name, text, find) for name, text in texts.items()]
    return [*prove_personas(catalog, personas, find), *files]


def text_of(name: str, catalog: Catalog) -> bytes:
    """The text of a file. Raises EcrgenError, with the nearest persona for what does not look like a file's name."""
    looks_like_file = name == "-" or "/" in name or "." in name
    if not looks_like_file and not Path(name).exists():
        raise EcrgenError(f"no file and no persona {quoted(name)}; {near(name, tuple(catalog.personas))}")
    return read_text(name)
