"""`ecrgen export`"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

from ecrgen.catalog.bind import EXAMPLE_ACCOUNT, EXAMPLE_REGIONS
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Target
from ecrgen.cli.call import Call, among, option_name
from ecrgen.cli.exported_files import compare, named, write
from ecrgen.cli.options import Here, Json, Output
from ecrgen.cli.output import note, print_text, warn_of_problems
from ecrgen.cli.views import EXPORT, shown
from ecrgen.errors import EcrgenError
from ecrgen.export.cloudformation import (
    INLINE,
    LARGEST,
    MOST,
    RESOURCES,
    divided,
    enough_templates,
    to_import,
    too_large,
)
from ecrgen.export.desired import Exported, Where, to_export
from ecrgen.export.handed_over import handed_over
from ecrgen.export.left_out import for_owners, notes, notes_of_aws, resource_halves
from ecrgen.export.permission_sets import in_sets, permission_sets
from ecrgen.export.terraform import terraform, terraform_left_out
from ecrgen.proof.objections import HandedOut, objections

__all__ = ["objected"]

FORMATS = ("cloudformation", "terraform", "permission-set")

Format = Annotated[
    str,
    typer.Argument(
        metavar="FORMAT",
        help="What to export: cloudformation, terraform or permission-set.",
        autocompletion=among(FORMATS),
    ),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be written: an export, or what goes with it, whole or divided among templates."""

    form: Format
    left_out: Annotated[
        bool, typer.Option("--left-out", help="Print what others have to add instead, because no template can.")
    ] = False
    imports: Annotated[
        bool,
        typer.Option(
            "--import",
            help="Take over what apply has made: import blocks for Terraform; "
            "for CloudFormation, print what its change set is to import.",
        ),
    ] = False
    templates: Annotated[
        int | None,
        typer.Option(
            "--templates",
            metavar="N",
            min=1,
            max=MOST,
            help="For CloudFormation: divide the policies into so many templates, FILE-1 to FILE-N.",
        ),
    ] = None

    def command(self, file: str) -> str:
        """The command that writes this into a file."""
        options = [
            *(["--import"] if self.imports else []),
            *(["--templates", str(self.templates)] if self.templates else []),
        ]
        return " ".join(["ecrgen export", self.form, *options, "--output", quote(file)])


def run(
    call: Call,
    *,
    here: Here,
    output: Output = None,
    check: Annotated[
        str | None,
        typer.Option("--check", metavar="FILE", help="Write nothing, and exit with 3 if this file is not up to date."),
    ] = None,
    asked: Asked,
    json: Json = False,
) -> None:
    """What the catalog grants in one account, as a template. Exit 1 where findings or expectations object."""
    refuse_unfit(asked, output, check)
    now, catalog = datetime.now(UTC), call.catalog
    if not catalog.grants:
        raise EcrgenError("export: the catalog has no grants; `ecrgen init` writes one that shows how")
    where = Where.of(catalog, here.account, tuple(here.region or ()), here.partition)
    validated(call, where)
    if asked.form == "permission-set":
        texts = [of_permission_sets(catalog, where, now)]
    else:
        texts = of_account(asked, catalog, where, now, told=not check)
    file = check or output
    if file in (None, "-"):
        print_text(texts[0])
        return
    files = named(Path(file), texts, divided=asked.templates is not None)
    if check:
        compare(Path(file), files, asked.command(file), json)
    else:
        write(Path(file), files, json)


def refuse_unfit(asked: Asked, output: str | None, check: str | None) -> None:
    """Raises EcrgenError for options that do not go with a format, or with each other."""
    form = asked.form
    if form not in FORMATS:
        raise EcrgenError(f"export: {form!r}: one of: {', '.join(FORMATS)}")
    if check is not None and (output is not None or asked.left_out):
        raise EcrgenError("--check: compares and writes nothing; leave --output and --left-out out")
    if asked.imports and form == "permission-set":
        raise EcrgenError("--import: is for terraform and cloudformation; apply makes no permission sets")
    if asked.imports and asked.left_out:
        raise EcrgenError("--import: is about what an export has; leave --left-out out")
    if asked.left_out and form == "permission-set":
        raise EcrgenError("--left-out: is for what an account's template cannot hold; export cloudformation prints it")
    if asked.templates is None:
        return
    if form != "cloudformation" or asked.left_out:
        raise EcrgenError("--templates: divides what cloudformation exports; leave it out")
    if (output or check) in (None, "-"):
        raise EcrgenError("--templates: writes several files; give --output FILE, or --check FILE")


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


def of_permission_sets(catalog: Catalog, where: Where, now: datetime) -> str:
    made = in_sets(catalog, where, now)
    target = catalog.target(catalog.account or where.account, where.regions, where.partition)
    objected(catalog, (each.handed_out for each in made), target, managed=False)
    return template_text(permission_sets(catalog.namespace, made))


def of_account(asked: Asked, catalog: Catalog, where: Where, now: datetime, *, told: bool) -> list[str]:
    """What an account's grants are as text, one for each template; `told`: what no template can hold is said."""
    exported = to_export(catalog, where, now)
    objected(catalog, handed_over(exported.desired), exported.target)
    if asked.left_out:
        return [left_out_text(asked.form, catalog, exported, now)]
    if told:
        of_aws = notes_of_aws(exported) if asked.form == "cloudformation" else ()
        for sentence in (*notes(catalog, exported, now), *of_aws):
            note(sentence)
    if asked.form == "terraform":
        return [shown(EXPORT, terraform(exported, imports=asked.imports))]
    number = asked.templates or 1
    if asked.imports:
        return [shown(EXPORT, each) for each in to_import(exported, number)]
    return [template_text(each) for each in taken(exported, number)]


def taken(exported: Exported, number: int) -> tuple[dict[str, Any], ...]:
    """So many templates. Raises EcrgenError where CloudFormation takes one of them in no way."""
    made = divided(exported, number)
    if any(too_large(each, shown(EXPORT, each, "compact")) for each in made):
        enough = enough_templates(exported)
        raise EcrgenError(
            f"a template has more than CloudFormation takes, {RESOURCES} resources or {LARGEST} bytes; "
            + (f"divide it with --templates {enough} or more" if enough else "divide the catalog")
        )
    return made


def left_out_text(form: str, catalog: Catalog, exported: Exported, now: datetime) -> str:
    if form == "terraform":
        return shown(EXPORT, terraform_left_out(exported, resource_halves(catalog, exported, now)))
    return shown(EXPORT, for_owners(catalog, exported, now))


def template_text(template: dict[str, Any]) -> str:
    """The template in lines, or without white space where it would be too long to be sent otherwise."""
    text = shown(EXPORT, template)
    if len(text.encode()) < INLINE:
        return text
    text = shown(EXPORT, template, "compact")
    size = len(text.encode())
    if size >= INLINE:
        note(f"a template has {size} bytes, and one with more than {INLINE} is put into S3 first")
    return text
