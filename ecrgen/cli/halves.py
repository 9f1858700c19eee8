"""The halves of grants for `render`: what the policies of repositories and registries have to say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.halves import (
    ResourceHalf,
    documents_of,
    halves_of_grant,
    lets_others_in,
    offline,
)
from ecrgen.catalog.model import Grant, Target
from ecrgen.catalog.places import Registry, Repository
from ecrgen.catalog.render import example_note, render
from ecrgen.cli.files import write_file
from ecrgen.cli.output import note
from ecrgen.cli.views import HALF, POLICY, show, shown
from ecrgen.errors import EcrgenError, Problems
from ecrgen.policy.arn import Arn
from ecrgen.proof.cautions import cautions

__all__ = ["file_name", "resource_documents", "show_resource_half"]


def resource_halves(catalog: Catalog, grant: Grant, target: Target) -> tuple[ResourceHalf, ...]:
    """What a grant says in resources' policies. Raises EcrgenError, naming the grant."""
    halves = halves_of_grant(grant, catalog.namespace, target).resource
    try:
        return offline(halves)
    except EcrgenError as error:
        raise EcrgenError(*(f"grant {grant.name}: {problem}" for problem in error.problems)) from None


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
    # a repository's policy does not name its account; what it is derived from does
    written = documents[0].policy if grant.persona.of_registry else render(grant.bound, own)
    example = example_note(written, own)
    for message in filter(None, (*cautions(grant.bound, documents[0].policy), example)):
        note(message)
    if len(documents) > 1 and form == "yaml":
        raise EcrgenError("--format: the policies of several resources are printed as JSON, one a line; leave yaml out")
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
