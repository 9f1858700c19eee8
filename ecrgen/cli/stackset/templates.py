"""What a stack set deploys: the export of the catalog's grants, or of its registries' policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ecrgen.catalog.catalog import Catalog
from ecrgen.cli.export import objected
from ecrgen.cli.output import note
from ecrgen.cli.views import EXPORT, shown
from ecrgen.errors import EcrgenError
from ecrgen.export.cloudformation import INLINE, cloudformation
from ecrgen.export.desired import Where, to_export
from ecrgen.export.handed_over import handed_over, policies
from ecrgen.export.left_out import notes, notes_of_aws
from ecrgen.export.registry_policy import in_registry_alone, registry_template
from ecrgen.export.stackset.values import tags_of_set

__all__ = ["Template", "template_of"]


@dataclass(frozen=True, slots=True)
class Template:
    """A template as text, the tags of its set, and the roles, users and groups that each account has to have.

    `regions` are those of its stacks, none for that of the set.
    """

    text: str
    tags: Mapping[str, str]
    grantees: tuple[str, ...]
    regions: tuple[str, ...] = ()


def template_of(catalog: Catalog, region: str | None, *, registry: bool) -> Template:
    """What the catalog grants in any account. Ends with exit 1 where something objects to it.

    Raises EcrgenError where the catalog is for one account, and for a template that is too long to be sent.
    """
    if not catalog.grants:
        raise EcrgenError("stackset: the catalog has no grants; `ecrgen init` writes one that shows how")
    if catalog.account:
        raise EcrgenError(
            f"stackset: the catalog is for account {catalog.account}, and a stack set is for many; take `account` out"
        )
    return of_registries(catalog, region) if registry else of_identities(catalog)


def of_identities(catalog: Catalog) -> Template:
    now = datetime.now(UTC)
    apart = [name for name, grant in catalog.grants.items() if in_registry_alone(grant)]
    for name in apart:
        note(f"grant {name}: stands in the registry's policy, which --registry deploys in a set of its own")
    rest = replace(catalog, grants={name: grant for name, grant in catalog.grants.items() if name not in apart})
    exported = to_export(rest, Where.of(rest, None, (), None), now)
    objected(rest, handed_over(exported.desired), exported.target)
    for sentence in (*notes(rest, exported, now), *notes_of_aws(exported)):
        note(sentence)
    held = (each.holders for each in policies(exported.desired))
    grantees = (f"{kind}/{name}" for holders in held for kind, names in holders.items() for name in names)
    return made(catalog, cloudformation(exported), "identity", grantees)


def of_registries(catalog: Catalog, region: str | None) -> Template:
    regions = catalog.regions or ((region,) if region else ())
    if not regions:
        raise EcrgenError("--registry: name the regions of the registries in the catalog, or one with --region")
    found = registry_template(catalog, regions, datetime.now(UTC))
    objected(catalog, found.handed_out, found.target, managed=False)
    note("a stack has the whole policy of a registry: deploy it only where nobody else says anything there")
    return replace(made(catalog, found.template, "registry", found.grantees), regions=regions)


def made(catalog: Catalog, template: Mapping[str, Any], policy: str, grantees: Iterable[str]) -> Template:
    text = shown(EXPORT, template, "compact")
    size = len(text.encode())
    if size > INLINE:
        raise EcrgenError(
            f"stackset: the template has {size} bytes, and AWS takes {INLINE} for a set; divide the catalog"
        )
    return Template(text, tags_of_set(catalog.namespace, catalog.id, policy), tuple(sorted(set(grantees))))
