"""`ecrgen check`"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from ecrgen import __version__
from ecrgen.catalog.arguments import quoted
from ecrgen.catalog.expectations import located
from ecrgen.catalog.model import Catalog
from ecrgen.catalog.proof import Find, Kind, Proof, prove_grant, prove_personas, prove_text
from ecrgen.catalog.schema import near
from ecrgen.cli.documents import read_text
from ecrgen.cli.options import EndpointUrl, Json, Profile
from ecrgen.cli.output import note, print_json, print_text, progress
from ecrgen.cli.personas import Call, option_name, plain_command
from ecrgen.errors import EcrgenError
from ecrgen.policy.check import SEVERITIES, Finding, Rule, Severity, check
from ecrgen.policy.check.sarif import to_sarif
from ecrgen.policy.document import PolicyDocument

FORMATS = ("text", "json", "sarif")
EXPECTATION = Rule(
    "EXPECTATION_NOT_MET",
    "ERROR",
    "A persona does not keep what its expectations in the catalog promise",
    "Change the template, or what the catalog promises.",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
)


def command() -> Any:
    return plain_command(run, "check")


def run(
    call: Call,
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PERSONA|FILE]…",
            help="Personas and policies' files, - for standard input. Else the whole catalog.",
        ),
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on", metavar="SEVERITY", help="error, security-warning, warning or suggestion, and all worse."
        ),
    ] = "security-warning",
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, json or sarif.")] = "text",
    access_analyzer: Annotated[
        bool, typer.Option("--access-analyzer", help="Also ask IAM Access Analyzer, which needs credentials.")
    ] = False,
    profile: Profile = None,
    endpoint_url: EndpointUrl = None,
    json: Json = False,
) -> None:
    """Findings about policies by Access Analyzer's codes, and a catalog's expectations; exit 1 where one fails."""
    severity = severity_of(fail_on)
    if form not in FORMATS:
        raise EcrgenError(f"--format: {form!r}: one of: {', '.join(FORMATS)}")
    if json and form == "sarif":
        raise EcrgenError("--json: is --format json; leave one of the two out")
    if (profile or endpoint_url) and not access_analyzer:
        raise EcrgenError(f"--{'profile' if profile else 'endpoint-url'}: is for --access-analyzer, which calls AWS")
    find = find_online(call.catalog, profile, endpoint_url) if access_analyzer else find_offline
    proofs = prove_names(call.catalog, names, find) if names else prove_catalog(call.catalog, find)
    holds = all(proof.holds(severity) for proof in proofs)
    match "json" if json else form:
        case "json":
            print_json({"holds": holds, "subjects": [proof.to_dict() for proof in proofs]})
        case "sarif":
            print_json(to_sarif(sarif_results(proofs), version=__version__))
        case _:
            for line in (line for proof in proofs for line in lines(proof, call.catalog)):
                print_text(line)
            note(summary(proofs))
    if not holds:
        raise typer.Exit(1)


def find_offline(policy: PolicyDocument | bytes, kind: Kind | None) -> tuple[Finding, ...]:
    return check(policy, principal_kind=kind)


def find_online(catalog: Catalog, profile: str | None, endpoint_url: str | None) -> Find:
    """Offline findings and those of Access Analyzer as one list. Raises EcrgenError for a profile that is not there."""
    from ecrgen.provision.access_analyzer import analyzer, merged, validated

    client = analyzer(profile=profile, endpoint_url=endpoint_url, region=catalog.target(named=option_name).regions[0])

    def find(policy: PolicyDocument | bytes, kind: Kind | None) -> tuple[Finding, ...]:
        return merged(find_offline(policy, kind), validated(client, policy))

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
    problems: list[str] = []
    texts: dict[str, bytes] = {}
    if names.count("-") > 1:
        raise EcrgenError("-: standard input can be read once only")
    for name in names:
        try:
            if name not in catalog.personas:
                texts[name] = text_of(name, catalog)
        except EcrgenError as error:
            problems.extend(error.problems)
    if problems:
        raise EcrgenError(*problems)
    personas = [catalog.personas[name] for name in dict.fromkeys(names) if name in catalog.personas]
    files = [prove_text(name, text, find) for name, text in texts.items()]
    return [*prove_personas(catalog, personas, find), *files]


def text_of(name: str, catalog: Catalog) -> bytes:
    """The text of a file. Raises EcrgenError, with the nearest persona for what does not look like a file's name."""
    looks_like_file = name == "-" or "/" in name or "." in name
    if not looks_like_file and not Path(name).exists():
        raise EcrgenError(f"no file and no persona {quoted(name)}; {near(name, tuple(catalog.personas))}")
    return read_text(name)


def lines(proof: Proof, catalog: Catalog) -> Iterator[str]:
    for finding in proof.findings:
        place = f": {finding.path}" if finding.path else ""
        words = "; ".join(filter(None, (finding.message, finding.fix)))
        origin = "" if finding.origin == "offline" else f" [{finding.origin}]"
        yield f"{proof.subject}{place}: {finding.severity} {finding.code}: {words}{origin}"
    for outcome in proof.failed:
        yield located(catalog, outcome.place, outcome.words)


def sarif_results(proofs: Sequence[Proof]) -> Iterator[tuple[str, Sequence[Finding]]]:
    """Findings by the address of what to change; an expectation that is not met is one of them."""
    for proof in proofs:
        failed = [EXPECTATION.at(".".join(map(str, outcome.place)), outcome.words) for outcome in proof.failed]
        file = proof.file if proof.file == "-" else os.path.relpath(proof.file)
        yield quote(file.replace(os.sep, "/")), [*proof.findings, *failed]


def summary(proofs: Sequence[Proof]) -> str:
    """What was done, in one line."""
    findings = sum(len(proof.findings) for proof in proofs)
    asked, failed = sum(len(proof.outcomes) for proof in proofs), sum(len(proof.failed) for proof in proofs)
    return f"{len(proofs)} checked: {findings} findings; {asked} expectations, {failed} of them not met"
