"""The Catalog: what access exists, and the way from a persona's name to its policy."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ecrgen.catalog.bind import bind_persona, bind_target
from ecrgen.catalog.load import default_catalog, identity, load
from ecrgen.catalog.model import (
    BoundPersona,
    Grant,
    Guard,
    Ignore,
    NamedAccount,
    Operation,
    Persona,
    Rendered,
    Target,
)
from ecrgen.catalog.schema import near
from ecrgen.errors import EcrgenError, together
from ecrgen.messages import quoted
from ecrgen.policy.document import PolicyDocument

__all__ = ["Catalog"]


@dataclass(frozen=True)
class Catalog:
    """The merged contents of one or more catalog files. Immutable; `Catalog.load` makes one.

    Personas, guards, operations and grants are by name. `account`, `regions` and `partition` are those that the files
    name, `new_regions` regions to take beside those that are known, `files` the files as pairs of a path and a name for
    messages. `inherited` are the names of the personas that are not the catalog's own, but of the built-in catalog that
    it extends. `ignores` are the findings that it accepts. `id` tells the catalog from others of its namespace;
    it is empty where nothing does. `accounts` are those that it names, with what reaches them.
    """

    personas: Mapping[str, Persona]
    guards: Mapping[str, Guard]
    operations: Mapping[str, Operation]
    grants: Mapping[str, Grant]
    namespace: str = "default"
    id: str = ""
    account: str | None = None
    regions: tuple[str, ...] = ()
    partition: str | None = None
    new_regions: tuple[str, ...] = ()
    files: tuple[tuple[Path, str], ...] = ()
    inherited: frozenset[str] = frozenset()
    ignores: tuple[Ignore, ...] = ()
    accounts: tuple[NamedAccount, ...] = ()

    @classmethod
    def load(cls, *paths: str | os.PathLike[str]) -> Catalog:
        """Read catalog files, or the default one: `ECRGEN_CATALOG`, else `./catalog.yaml`, else the built-in catalog.

        Raises EcrgenError with every problem of every file, each as `file:line: place: message`.
        """
        files = paths or default_catalog()
        contents = load(files)
        settings = contents.settings
        region = settings.get("region", ())
        return cls(
            personas=contents.personas,
            guards=contents.guards,
            operations=contents.operations,
            grants=contents.grants,
            namespace=settings.get("namespace", "default"),
            id=settings.get("id") or identity(files[0]),
            account=settings.get("account"),
            regions=(region,) if isinstance(region, str) else tuple(region),
            partition=settings.get("partition"),
            new_regions=contents.new_regions,
            files=tuple((source.path, source.name) for source in contents.sources),
            inherited=contents.inherited,
            ignores=tuple(contents.ignores),
            accounts=tuple(contents.accounts.values()),
        )

    def persona(self, name: str) -> Persona:
        """The persona of that name. Raises EcrgenError with the nearest name."""
        if name not in self.personas:
            raise EcrgenError(f"no persona {quoted(name)}; {near(name, tuple(self.personas))}")
        return self.personas[name]

    def target(
        self,
        account: str | None = None,
        region: str | Iterable[str] | None = None,
        partition: str | None = None,
        named: Callable[[str], str] = str,
    ) -> Target:
        """The target that ARNs point at: as given, else as the catalog says, else as AWS_REGION, AWS_DEFAULT_REGION and
        AWS_ACCOUNT_ID do.

        Where the environment says something else than the catalog, `overruled` of the target says so. Where nobody
        names an account or a region it is that of AWS's examples, and `examples` of the target says so.
        Raises EcrgenError with every problem; `named` words the names of options in them.
        """
        return bind_target(
            account,
            region,
            partition,
            catalog_account=self.account,
            catalog_regions=self.regions,
            catalog_partition=self.partition,
            new_regions=self.new_regions,
            named=named,
        )

    def bind(
        self,
        name: str,
        arguments: Mapping[str, object],
        guards: Iterable[str] = (),
        named: Callable[[str], str] = str,
        now: datetime | None = None,
    ) -> BoundPersona:
        """The persona with values for its parameters and with guards, written `NAME` or `NAME=VALUE,…`.

        With `now`, a guard `expires` with a moment that has passed is a problem. Raises EcrgenError with every problem;
        `named` words the names of parameters in them.
        """
        return bind_persona(self.persona(name), arguments, self.guards, guards, named, now)

    def render(
        self,
        name: str,
        *,
        account: str | None = None,
        region: str | Iterable[str] | None = None,
        partition: str | None = None,
        guards: Iterable[str] = (),
        **arguments: object,
    ) -> PolicyDocument:
        """The policy document of a persona with these arguments and guards (`mfa`, `via=cloudformation.amazonaws.com`).

        Warns (UserWarning) when the document holds an account or region of AWS's examples because nobody named one.
        Raises EcrgenError with every problem.
        """
        from ecrgen.catalog.render import example_note, render  # brings jinja2: only what renders waits for it

        bound, target = together(
            lambda: self.bind(name, arguments, guards), lambda: self.target(account, region, partition)
        )
        policy = render(bound, target)
        note = example_note(policy, target)
        if note:
            warnings.warn(note, stacklevel=2)
        return policy

    def render_all(
        self,
        *,
        account: str | None = None,
        region: str | Iterable[str] | None = None,
        partition: str | None = None,
    ) -> Iterator[Rendered]:
        """Every grant with its identity policy, one at a time, in the order of the files; AWS services have none.

        Warns and raises as `render` does, once and for the first, with the name of the grant.
        """
        # brings jinja2: only what renders waits for it
        from ecrgen.catalog.render import example_note, has_identity_half, render_grant

        target = self.target(account, region, partition)
        noted = False
        for grant in self.grants.values():
            if not has_identity_half(grant):
                continue
            policy = render_grant(grant, target)
            note = None if noted or not target.examples else example_note(policy, grant.target(target))
            if note:
                noted = True
                warnings.warn(note, stacklevel=2)
            yield Rendered(grant, policy)
