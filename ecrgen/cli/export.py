"""`ecrgen export`"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ecrgen.catalog.bind import EXAMPLE_ACCOUNT, EXAMPLE_REGIONS
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Target
from ecrgen.cli.call import Call, among, option_name
from ecrgen.cli.files import outdated, write_file
from ecrgen.cli.options import Here, Json, Output
from ecrgen.cli.output import note, print_text, warn_of_problems
from ecrgen.cli.views import COMPARED, EXPORT, WRITTEN, show, shown
from ecrgen.cli.views.files import Compared, Written
from ecrgen.errors import EcrgenError
from ecrgen.export.cloudformation import INLINE, cloudformation, refuse_too_large
from ecrgen.export.desired import Exported, Where, to_export
from ecrgen.export.handed_over import handed_over
from ecrgen.export.left_out import for_owners, notes, notes_of_aws, resource_halves
from ecrgen.export.permission_sets import in_sets, permission_sets
from ecrgen.export.terraform import terraform, terraform_left_out
from ecrgen.proof.objections import HandedOut, objections

FORMATS = ("cloudformation", "terraform", "permission-set")

Format = Annotated[
    str,
    typer.Argument(
        metavar="FORMAT",
        help="What to export: cloudformation, terraform or permission-set.",
        autocompletion=among(FORMATS),
    ),
]


def run(
    call: Call,
    form: Format,
    *,
    here: Here,
    output: Output = None,
    check: Annotated[
        str | None,
        typer.Option("--check", metavar="FILE", help="Write nothing, and exit with 3 if this file is not up to date."),
    ] = None,
    left_out: Annotated[
        bool, typer.Option("--left-out", help="Print what others have to add instead, because no template can.")
    ] = False,
    imports: Annotated[
        bool, typer.Option("--import", help="For Terraform: take over what apply has made, by import blocks.")
    ] = False,
    json: Json = False,
) -> None:
    """What the catalog grants in one account, as a template. Exit 1 where findings or expectations object."""
    if form not in FORMATS:
        raise EcrgenError(f"export: {form!r}: one of: {', '.join(FORMATS)}")
    if imports and form != "terraform":
        raise EcrgenError(
            "--import: is for terraform; CloudFormation takes over what is there by a change set of its own"
        )
    if check is not None and (output is not None or left_out):
        raise EcrgenError("--check: compares one file and writes none; leave --output and --left-out out")
    now, catalog = datetime.now(UTC), call.catalog
    if not catalog.grants:
        raise EcrgenError("export: the catalog has no grants; `ecrgen init` writes one that shows how")
    where = Where.of(catalog, here.account, tuple(here.region or ()), here.partition)
    validated(call, where)
    if form == "permission-set":
        text = of_permission_sets(catalog, where, now, left_out)
    else:
        exported = to_export(catalog, where, now)
        objected(catalog, handed_over(exported.desired), exported.target)
        if not (left_out or check):
            of_aws = notes_of_aws(exported) if form == "cloudformation" else ()
            for sentence in (*notes(catalog, exported, now), *of_aws):
                note(sentence)
        text = left_out_text(form, catalog, exported, now) if left_out else text_of(form, exported, imports=imports)
    if check is not None:
        up_to_date(Path(check), text, form, json)
    elif output in (None, "-"):
        print_text(text)
    else:
        write_file(Path(output), text)
        show(WRITTEN, Written(output)) if json else note(f"wrote {output}")


def validated(call: Call, where: Where) -> None:
    """Raises EcrgenError for an account, a region or a partition that is none."""
    regions = where.regions or (EXAMPLE_REGIONS.get(where.partition or "aws", "us-east-1"),)
    call.catalog.target(where.account or EXAMPLE_ACCOUNT, regions, where.partition, option_name)


def objected(catalog: Catalog, policies: Iterable[HandedOut], target: Target, *, managed: bool = True) -> None:
    """Say what stops an apply of the same policies, which stops an export too. Ends with exit 1 where there is any."""
    of_aws = [grant for grant in catalog.grants.values() if grant.managed and managed]
    said = objections(catalog, policies, of_aws, target)
    for sentence in said.accepted:
        note(sentence)
    warn_of_problems(said.stops)
    if said.stops:
        raise typer.Exit(1)


def of_permission_sets(catalog: Catalog, where: Where, now: datetime, left_out: bool) -> str:
    if left_out:
        raise EcrgenError("--left-out: is for what an account's template cannot hold; export cloudformation prints it")
    made = in_sets(catalog, where, now)
    target = catalog.target(catalog.account or where.account, where.regions, where.partition)
    objected(catalog, (each.handed_out for each in made), target, managed=False)
    return template_text(permission_sets(catalog.namespace, made))


def text_of(form: str, exported: Exported, *, imports: bool) -> str:
    if form == "terraform":
        return shown(EXPORT, terraform(exported, imports=imports))
    return template_text(cloudformation(exported))


def left_out_text(form: str, catalog: Catalog, exported: Exported, now: datetime) -> str:
    if form == "terraform":
        return shown(EXPORT, terraform_left_out(exported, resource_halves(catalog, exported, now)))
    return shown(EXPORT, for_owners(catalog, exported, now))


def template_text(template: dict[str, Any]) -> str:
    """The template in lines, or without white space where it would be too long to be sent otherwise."""
    text = shown(EXPORT, template)
    if len(text) < INLINE:
        return text
    text = shown(EXPORT, template, "compact")
    refuse_too_large(template, text)
    if len(text) >= INLINE:
        note(f"the template has {len(text)} characters, and more than {INLINE} are put into S3 first")
    return text


def up_to_date(file: Path, text: str, form: str, json: bool) -> None:
    """Say whether a file is the export as it would be written. Ends with exit 3 where it is not."""
    _, differing = outdated(file.parent, [(file.name, text)], "--check")
    if json:
        show(COMPARED, Compared(str(file.parent), differing))
    elif differing:
        note(f"{file}: not up to date; `ecrgen export {form} --output {file}` renews it")
    else:
        note(f"{file}: up to date")
    if differing:
        raise typer.Exit(3)
