"""The halves of grants for `render`: what the policies of repositories and registries have to say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.halves import (
    Registry,
    Repository,
    ResourceHalf,
    documents_of,
    halves_of,
    lets_others_in,
    offline,
)
from ecrgen.catalog.model import BoundPersona, Grant, Target
from ecrgen.catalog.render import example_note, render
from ecrgen.cli.call import Call
from ecrgen.cli.files import write_file
from ecrgen.cli.output import note
from ecrgen.cli.views import HALF, POLICY, show, shown
from ecrgen.errors import EcrgenError, Problems
from ecrgen.policy.arn import Arn

__all__ = ["Half", "asked_for", "file_name", "resource_documents", "show_resource_half"]


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


def asked_for(call: Call, bound: BoundPersona, half: Half, target: Target) -> Grant | None:
    """The grant that is named, or that a persona and --to make; None for a persona alone.

    Raises EcrgenError for what does not go together.
    """
    call.fixed("--to", half.to)
    if half.identity and half.repository_policy:
        raise EcrgenError("--identity: is the other half than --repository-policy; leave one of the two out")
    if call.grant is not None:
        return call.grant
    if half.to:
        from ecrgen.account.from_catalog import alone  # for start-up: it knows accounts

        return alone(bound, target.regions, half.to, managed=False)
    if half.repository_policy:
        raise EcrgenError("--repository-policy: says whom it lets in; name them with --to, such as --to account/ID")
    Problems(
        f"--guard: {guard}: nobody but an AWS service meets it; name the service with --to service/NAME"
        for guard in bound.guards
        if guard.guard.only_for == "services"
    ).stop()
    return None


def resource_halves(catalog: Catalog, grant: Grant, target: Target) -> tuple[ResourceHalf, ...]:
    """What a grant says in resources' policies. Raises EcrgenError, naming the grant."""
    problems = Problems()
    with problems.collected(f"grant {grant.name}: "):
        return offline(halves_of(grant, catalog.namespace, target.account, target).resource)
    problems.stop()
    raise AssertionError("a problem was not raised")


def resource_documents(catalog: Catalog, grants: Iterable[Grant], target: Target) -> tuple[ResourceHalf, ...]:
    """The policies of resources that grants need, one for each resource. Raises EcrgenError with every problem."""
    problems = Problems()
    found: list[ResourceHalf] = []
    for grant in grants:
        with problems.collected():
            if lets_others_in(grant, target.account, target):
                found += resource_halves(catalog, grant, target)
    problems.stop()
    return documents_of(found)


def show_resource_half(catalog: Catalog, grant: Grant, target: Target, form: str, output: str | None) -> int:
    """Print or write the policy of the one resource, or a line for each of several; the number of them.

    Raises EcrgenError where there is none, with the reason.
    """
    own = grant.target(target)
    if not lets_others_in(grant, target.account, target):
        raise EcrgenError(
            f"--repository-policy: those whom {grant.name} is for have enough by their identity policies "
            f"in account {own.account}; a repository's policy is for other accounts and services"
        )
    documents = documents_of(resource_halves(catalog, grant, target))
    if not documents:
        raise EcrgenError(
            f"--repository-policy: {grant.persona.name} names no repository, "
            "so that no repository's policy lets others in for it"
        )
    example = example_note(render(grant.bound, own), own)
    if example:
        note(example)
    if len(documents) > 1 and form == "yaml":
        raise EcrgenError("--format: yaml is no JSON, which is printed for several resources, one object a line")
    if output is not None:
        write_file(Path(output), text_of(documents, form))
    elif len(documents) == 1:
        show(POLICY, documents[0].policy, form)
    else:
        for each in documents:
            show(HALF, each)
    return len(documents)


def text_of(documents: Sequence[ResourceHalf], form: str) -> str:
    if len(documents) == 1:
        return shown(POLICY, documents[0].policy, form)
    return "\n".join(shown(HALF, each) for each in documents)


def file_name(half: ResourceHalf, suffix: str) -> str:
    """The name of a resource's file: no two are alike, for no repository's name has a `+`."""
    if isinstance(half.place, Registry):
        return f"registry.{half.place.account}.{half.place.region}.{suffix}"
    assert isinstance(half.place, Repository), "a pattern was not refused"
    arn = Arn.parse(half.place.arn)
    assert arn is not None, "a repository is named by its ARN"
    name = arn.resource.removeprefix("repository/").replace("/", "+")
    return f"repository.{arn.account}.{arn.region or 'public'}.{name}.{suffix}"
