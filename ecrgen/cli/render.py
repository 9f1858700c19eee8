"""`ecrgen render`"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from tempfile import SpooledTemporaryFile, gettempdir
from typing import Annotated

import typer

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import BoundPersona, Grant, Rendered, Target
from ecrgen.catalog.render import NO_IDENTITY_HALF, example_note, render, render_grant
from ecrgen.catalog.suitable import example_grantee
from ecrgen.cli.call import Call, few, target_of
from ecrgen.cli.files import others, outdated, write_file, write_files
from ecrgen.cli.options import Guards, Half, Here, Json, Output, format_option
from ecrgen.cli.output import note, print_text, progress
from ecrgen.cli.views import COMPARED, HALF, POLICY, RENDERED, WRITTEN, show, shown
from ecrgen.cli.views.files import Compared, Written
from ecrgen.errors import EcrgenError, Problems, together
from ecrgen.proof.cautions import cautions


def run(
    call: Call,
    *,
    all_grants: Annotated[
        bool, typer.Option("--all", help="Render every grant of the catalog, one JSON object a line.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="With --all, write nothing, and exit with 3 if the files of --output are not up to date."
        ),
    ] = False,
    guard: Guards = None,
    half: Half,
    here: Here,
    form: Annotated[str, format_option(POLICY.forms, "print the policy")] = "",
    output: Output = None,
    json: Json = False,
) -> None:
    """The IAM policy of a persona or a grant, or with --all of every grant (-o then names a directory)."""
    form = POLICY.form(form)
    output = None if output == "-" else output
    if check and not (all_grants and output):
        raise EcrgenError("--check: compares the files of every grant; name their directory with --all --output DIR")
    if form == "yaml" and output is None and (json or all_grants):
        raise EcrgenError(
            "--format: yaml cannot be printed by --json or --all, which print JSON; write files with --output"
        )
    if all_grants:
        if call.subject or guard:
            raise EcrgenError(f"--all: renders every grant with its own guards; leave {call.subject or '--guard'} out")
        if half.to or half.identity or half.repository_policy:
            raise EcrgenError("--all: renders both halves of every grant; leave --to and the name of a half out")
        target = target_of(call.catalog, here.account, here.region, here.partition)
        render_all(call.catalog, target, form, output, json, check)
        return
    bound, target = together(
        lambda: call.bound(guard, datetime.now(UTC)),
        lambda: target_of(call.catalog, here.account, here.region, here.partition),
    )
    if bound is None:
        raise EcrgenError("render: name a persona or a grant of `ecrgen list`, or --all for every grant of the catalog")
    render_one(call, bound, half, target, form, output, json)


def render_one(
    call: Call, bound: BoundPersona, half: Half, target: Target, form: str, output: str | None, json: bool
) -> None:
    """Print or write the policy of a persona or a grant, or that of the resources which a grant needs."""
    grant = asked_for(call, bound, half, target)
    if grant is not None and (half.repository_policy or grant.persona.of_registry):
        from ecrgen.cli.halves import show_resource_half  # for start-up: it knows resources' policies

        number = show_resource_half(call.catalog, grant, target, form, output)
        if output is not None:
            written(output, number, json)
        return
    if grant is not None:
        item = Rendered(grant, render_grant(grant, target))
        policy = next(noted(iter((item,)), target)).policy
    else:
        policy = render(bound, target)
        for message in filter(None, (*cautions(bound, policy), example_note(policy, target))):
            note(message)
    if output is None:
        show(POLICY, policy, form)
    else:
        write_file(Path(output), shown(POLICY, policy, form))
        written(output, 1, json)


def asked_for(call: Call, bound: BoundPersona, half: Half, target: Target) -> Grant | None:
    """The grant that is named, or that a persona and --to make; None for a persona alone.

    Raises EcrgenError for what does not go together.
    """
    call.fixed("--to", half.to)
    if half.identity and half.repository_policy:
        raise EcrgenError("--identity: is the other half than --repository-policy; leave one of the two out")
    if half.identity and bound.persona.of_registry:
        raise EcrgenError(f"--identity: {bound.persona.name} {NO_IDENTITY_HALF}; leave it out")
    if call.grant is not None:
        return call.grant
    if half.to:
        from ecrgen.account.from_catalog import alone  # for start-up: it knows accounts

        return alone(bound, target.regions, half.to, managed=False)
    if bound.persona.of_registry:
        name, somebody = bound.persona.name, example_grantee(bound.persona)
        raise EcrgenError(f"{name}: names its grantees in the registry's policy; add them with --to {somebody}")
    if half.repository_policy:
        raise EcrgenError("--repository-policy: says whom it lets in; name them with --to, such as --to account/ID")
    Problems(
        f"--guard: {guard}: nobody but an AWS service meets it; name the service with --to service/NAME"
        for guard in bound.guards
        if guard.guard.only_for == "services"
    ).stop()
    return None


def render_all(catalog: Catalog, target: Target, form: str, output: str | None, json: bool, check: bool) -> None:
    if not catalog.grants:
        raise EcrgenError(
            "--all: the catalog has no grants; write them under `grants`, as the example of `ecrgen init` shows"
        )
    from ecrgen.cli.halves import file_name, resource_documents  # for start-up: it knows resources' policies

    rendered = catalog.render_all(account=target.account, region=target.regions, partition=target.partition)
    policies = progress(noted(rendered, target), len(catalog.grants), "rendering")
    documents = resource_documents(catalog, catalog.grants.values(), target)
    if output is not None:
        suffix = "yaml" if form == "yaml" else "json"
        identity = ((f"{item.grant.name}.{suffix}", shown(POLICY, item.policy, form)) for item in policies)
        resources = ((file_name(each, suffix), shown(POLICY, each.policy, form)) for each in documents)
        if check:
            up_to_date(Path(output), chain(identity, resources), json)
            return
        names = write_files(Path(output), chain(identity, resources))
        written(output, len(names), json, others(Path(output), names))
        return
    # all of it is made before the first line is printed, so that an error leaves nothing half said
    with SpooledTemporaryFile(max_size=1_000_000, mode="w+", encoding="utf-8") as spool:
        try:
            for item in policies:
                spool.write(shown(RENDERED, item) + "\n")
            spool.writelines(shown(HALF, each) + "\n" for each in documents)
            spool.seek(0)
        except OSError as error:
            raise EcrgenError(f"--all: the temporary file in {gettempdir()}: {error.strerror or error}") from None
        for line in spool:
            print_text(line, end="")


def up_to_date(directory: Path, files: Iterable[tuple[str, str]], json: bool) -> None:
    """Say whether a directory holds these files and no other policies. Ends with exit 3 where it does not."""
    names, differing = outdated(directory, files)
    other = others(directory, names)
    if json:
        show(COMPARED, Compared(str(directory), differing, other))
    elif differing or other:
        if differing:
            them, command = "it" if len(differing) == 1 else "them", f"`ecrgen render --all --output {directory}`"
            note(f"{directory}: {few(differing)} not up to date; {command} renews {them}")
        if other:
            note(of_no_grant(str(directory), other))
    else:
        note(f"{directory}: {len(names)} {'policy' if len(names) == 1 else 'policies'} up to date")
    if differing or other:
        raise typer.Exit(3)


def noted(policies: Iterator[Rendered], target: Target) -> Iterator[Rendered]:
    """The rendered grants, with a note for what a person should know of each; that values are examples, once."""
    now = datetime.now(UTC)
    examples = None
    for item in policies:
        if examples is None and (examples := example_note(item.policy, item.grant.target(target))):
            note(examples)
        for message in cautions(item.grant.bound, item.policy):
            note(f"grant {item.grant.name}: {message}")
        if item.grant.ended(now):
            note(f"grant {item.grant.name}: has ended ({item.grant.expires:%Y-%m-%dT%H:%M:%SZ}) and allows nothing")
        if item.grant.managed:
            from ecrgen.catalog.managed import managed_policy  # for start-up: it compares policies

            own = managed_policy(item.grant.bound)
            note(f"grant {item.grant.name}: plan and apply attach AWS's own {own} instead of this policy")
        yield item


def written(output: str, policies: int, json: bool, other: Sequence[str] = ()) -> None:
    """Say what was written, and which files of a directory are of no grant."""
    if json:
        show(WRITTEN, Written(output, policies, tuple(other)))
        return
    note(f"wrote {policies} {'policy' if policies == 1 else 'policies'} to {output}")
    if other:
        note(of_no_grant(output, other))


def of_no_grant(directory: str, files: Sequence[str]) -> str:
    """The sentence about files that no grant makes any more, which no command removes."""
    verb, it = ("is", "it") if len(files) == 1 else ("are", "them")
    return f"{directory}: {few(files)} {verb} of no grant of this catalog; remove {it} where nothing uses {it}"
