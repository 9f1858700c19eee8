"""`ecrgen check`"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from json import dumps
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.grantees import IamKind
from ecrgen.catalog.halves import halves_of_grant, lets_others_in
from ecrgen.catalog.model import Grant, Ignore, Persona, Rendered, Target
from ecrgen.catalog.render import render_grant
from ecrgen.catalog.rules import not_ignorable
from ecrgen.catalog.schema import near
from ecrgen.cli.call import Call, among, complete_code, complete_subject, option_name, target_of
from ecrgen.cli.documents import Given, read_files
from ecrgen.cli.options import Aws, Json, format_option
from ecrgen.cli.output import note, progress
from ecrgen.cli.views import CHECKED, show
from ecrgen.cli.views.proofs import Checked, remarks, summary
from ecrgen.errors import EcrgenError, Problems
from ecrgen.messages import did_you_mean, quoted
from ecrgen.policy.check import SEVERITIES, Finding, Severity, check
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.kinds import KINDS, PolicyKind
from ecrgen.policy.sources import AWS
from ecrgen.proof.acceptance import unused
from ecrgen.proof.proofs import (
    Find,
    Proof,
    accepting,
    prove_grant,
    prove_halves,
    prove_personas,
    prove_policy,
)

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PERSONA|GRANT|FILE",
        help="Personas, grants and policies' files, - for standard input. "
        "Else the catalog's own personas, and its grants.",
        autocompletion=complete_subject,
    ),
]
Ignored = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="CODE[@SUBJECT]",
        help="Accept findings of that code, of all or of one persona, grant or file; repeatable.",
        autocompletion=complete_code,
    ),
]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on",
        metavar="SEVERITY",
        help="Exit with 1 for findings this severe or worse: error, security-warning, warning or suggestion.",
        autocompletion=among(each.lower().replace("_", "-") for each in SEVERITIES),
    ),
]
Type = Annotated[
    str | None,
    typer.Option(
        "--type",
        metavar="KIND",
        help="The kind of the files' policies, where they do not tell it: " + ", ".join(KINDS) + ".",
        autocompletion=among(KINDS),
    ),
]
Form = Annotated[str, format_option(CHECKED.forms, "print findings")]
Online = Annotated[
    bool, typer.Option("--access-analyzer", help="Also ask IAM Access Analyzer, which needs credentials.")
]


def run(
    call: Call,
    *,
    names: Names = None,
    fail_on: FailOn = "security-warning",
    ignore: Ignored = None,
    type_: Type = None,
    form: Form = "",
    access_analyzer: Online = False,
    aws: Aws,
    json: Json = False,
) -> None:
    """Findings about policies by Access Analyzer's codes, and a catalog's expectations; exit 1 where one fails."""
    severity, ignores = severity_of(fail_on), (*call.catalog.ignores, *map(ignore_of, ignore or ()))
    chosen = CHECKED.form(form, json=json)
    if (aws.profile or aws.endpoint_url) and not access_analyzer:
        option = "profile" if aws.profile else "endpoint-url"
        raise EcrgenError(f"--{option}: is for --access-analyzer, which calls AWS")
    if type_ is not None and type_ not in KINDS:
        raise EcrgenError(f"--type: {quoted(type_)}: {did_you_mean(type_, KINDS)}")
    find = find_online(call.catalog, aws) if access_analyzer else find_offline(call.catalog)
    if type_ is not None and all(in_catalog(call.catalog, name) for name in names or ()):
        raise EcrgenError("--type: is the kind of a file's policy; name a file")
    proved = prove_names(call.catalog, names, type_, find) if names else prove_catalog(call.catalog, find)
    proofs = accepting(proved, ignores)
    holds = all(proof.holds(severity) for proof in proofs)
    checked = Checked(proofs, call.catalog, holds, unused(ignores, ((each.names, each.accepted) for each in proofs)))
    show(CHECKED, checked, chosen)
    if chosen == "text":
        for remark in remarks(checked):
            note(remark)
        note(summary(proofs))
    if not holds:
        raise typer.Exit(1)


class Finder(Protocol):
    """Finds what there is to say about a policy, for a kind of grantee, or as a policy of a kind."""

    def __call__(
        self, policy: Any, grantee: IamKind | None = None, kind: PolicyKind | None = None, /
    ) -> tuple[Finding, ...]: ...


def find_offline(catalog: Catalog) -> Finder:
    def find(policy: Any, grantee: IamKind | None = None, kind: PolicyKind | None = None, /) -> tuple[Finding, ...]:
        name = None if kind is None else kind.name
        return check(policy, policy_type=name, principal_kind=grantee, new_regions=catalog.new_regions)

    return find


def find_online(catalog: Catalog, aws: Aws) -> Finder:
    """Offline findings and those of Access Analyzer as one list. Raises EcrgenError for a profile that is not there."""
    from ecrgen.provision.access_analyzer import analyzer, merged, validated

    region = catalog.target(named=option_name).regions[0]
    offline = find_offline(catalog)
    client = analyzer(profile=aws.profile, endpoint_url=aws.endpoint_url, region=region)

    def find(policy: Any, grantee: IamKind | None = None, kind: PolicyKind | None = None, /) -> tuple[Finding, ...]:
        sent = policy if isinstance(policy, PolicyDocument | bytes) else dumps(policy)
        name = None if kind is None else kind.name
        return merged(offline(policy, grantee, kind), validated(client, sent, policy_type=name))

    return find


def severity_of(text: str) -> Severity:
    for severity in SEVERITIES:
        if text.upper().replace("-", "_") == severity:
            return severity
    names = ", ".join(severity.lower().replace("_", "-") for severity in SEVERITIES)
    raise EcrgenError(f"--fail-on: {text!r}: must be one of: {names}")


def ignore_of(text: str) -> Ignore:
    """The ignore that `CODE[@SUBJECT]` says. Raises EcrgenError for a code that no rule has."""
    code, at, where = text.partition("@")
    wrong = not_ignorable(code)
    if wrong or (at and not where):
        raise EcrgenError(f"--ignore: {wrong or 'a subject comes after @'}")
    return Ignore(code, where, "--ignore")


def prove_catalog(catalog: Catalog, find: Find) -> list[Proof]:
    """The catalog's own personas, and every grant.

    Of the personas of the built-in catalog that it extends, the promises of those that it grants are asked. What there
    is to say about their policies is said about the grants: whoever reads it can change the grant, not the persona.
    """
    own = [persona for name, persona in catalog.personas.items() if name not in catalog.inherited]
    granted = {grant.persona.name: grant.persona for grant in catalog.grants.values()}
    others = [persona for name, persona in granted.items() if name in catalog.inherited]
    proofs = [*prove_personas(catalog, own, find), *promises_of(catalog, others)]
    target = target_of(catalog)
    grants = progress(iter(catalog.grants.values()), len(catalog.grants), "checking")
    return proofs + [proof for grant in grants for proof in prove_one(catalog, grant, target, find)]


def prove_one(catalog: Catalog, grant: Grant, target: Target, find: Find) -> tuple[Proof, ...]:
    """The proofs of the halves of a grant. Raises EcrgenError, naming the grant."""
    if not lets_others_in(grant, target.account, target):
        return (prove_grant(Rendered(grant, render_grant(grant, target)), find, target, catalog.operations),)
    halves = halves_of_grant(grant, catalog.namespace, target)
    return prove_halves(grant, halves, find, target, catalog.operations)


def promises_of(catalog: Catalog, personas: Iterable[Persona]) -> list[Proof]:
    """What personas promise, without findings."""
    proofs = prove_personas(catalog, personas, lambda policy, grantee=None, kind=None: ())
    return [replace(proof, findings=()) for proof in proofs]


def in_catalog(catalog: Catalog, name: str) -> bool:
    return name in catalog.personas or name in catalog.grants


def prove_grants(catalog: Catalog, names: Iterable[str], personas: Collection[str], find: Find) -> list[Proof]:
    """Grants by name, and the promises of their personas but for these, which are asked already."""
    grants = [catalog.grants[name] for name in names]
    granted = {grant.persona.name: grant.persona for grant in grants if grant.persona.name not in personas}
    target = target_of(catalog)
    proofs = [proof for grant in grants for proof in prove_one(catalog, grant, target, find)]
    return [*promises_of(catalog, granted.values()), *proofs]


def prove_names(catalog: Catalog, names: Sequence[str], said: str | None, find: Finder) -> list[Proof]:
    """Personas, grants and files' policies by name; `said` is the files' kind. Raises EcrgenError with each problem."""
    problems = Problems()
    files = [name for name in names if not in_catalog(catalog, name)]
    given: list[Given] = []
    if files.count("-") > 1:
        raise EcrgenError("-: standard input can be read once only")
    for name in dict.fromkeys(files):
        with problems.collected():
            given += read_files((looked_up(name, catalog),))
    problems.stop()
    personas = {name: catalog.personas[name] for name in names if name in catalog.personas}
    grants = [name for name in dict.fromkeys(names) if name in catalog.grants]
    policies = [
        prove_policy(one.name, one.file, one.found, said, lambda policy, kind: find(policy, None, kind), one.text)
        for one in given
    ]
    proofs = [*prove_personas(catalog, personas.values(), find), *prove_grants(catalog, grants, personas, find)]
    return [*proofs, *policies]


def looked_up(name: str, catalog: Catalog) -> str:
    """A file's name. Raises EcrgenError, with the nearest persona for what does not look like one."""
    looks_like_file = name == "-" or "/" in name or "." in name or name.startswith(AWS)
    if not looks_like_file and not Path(name).exists():
        kinds = "no file, no persona and no grant" if catalog.grants else "no file and no persona"
        raise EcrgenError(f"{kinds} {quoted(name)}; {near(name, (*catalog.personas, *catalog.grants))}")
    return name
