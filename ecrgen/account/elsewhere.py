"""The halves of grants that one account cannot have: what must be attached or set elsewhere, and how to get it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.grantees import (
    AnAccount,
    IamEntity,
    Organization,
    PermissionSet,
    Service,
    account_of,
    grantees_of,
)
from ecrgen.catalog.halves import lets_others_in
from ecrgen.catalog.model import Grant, Target
from ecrgen.catalog.render import identity_half
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words

__all__ = ["accounts_of", "elsewhere", "entities_by_account", "identities_elsewhere", "local_grantees"]


def accounts_of(catalog: Catalog, account: str) -> frozenset[str]:
    """The accounts in which a run can do something for a catalog: its own, or else this one, and those that it names.

    It names those of grantees, and `accounts`, in which there may be what no grant asks for any more.
    """
    home = catalog.account or account
    grantees = (each for grant in catalog.grants.values() for each in grantees_of(grant.to).values())
    named = (each.id for each in catalog.accounts)
    return frozenset({home, *named, *(each.account or home for each in grantees if isinstance(each, IamEntity))})


def local_grantees(grant: Grant, home: str, account: str) -> tuple[str, ...]:
    """The roles, users and groups of a grant, as written, that an account has; `home` is the catalog's own account."""
    return tuple(entities_by_account(grant, home).get(account, ()))


def entities_by_account(grant: Grant, home: str) -> dict[str, list[str]]:
    """The roles, users and groups of a grant, as written, by the account that has them."""
    found: dict[str, list[str]] = {}
    for text, each in grantees_of(grant.to).items():
        if isinstance(each, IamEntity):
            found.setdefault(each.account or home, []).append(text)
    return found


def elsewhere(
    catalog: Catalog,
    grants: Iterable[Grant],
    account: str,
    target: Target,
    *,
    documents: bool = True,
    together: Collection[str] = (),
) -> Iterator[str]:
    """What a run in an account leaves to others, a sentence for each half, which can be sent to whom it is for.

    `target` is the catalog's, `documents` says whether the policies of the account's own repositories are seen, and
    `together` are the accounts of the same run, to which nothing has to be said.
    """
    home, applied = target.account, accounts_of(catalog, target.account)
    for grant in grants:
        yield from identities_elsewhere(grant, home, account, target, together)
        registry = grant.target(target).account
        seen = documents if registry == account else registry in together
        if not seen and lets_others_in(grant, home, target):
            in_registry = grant.through_registry or grant.persona.of_registry
            where = "its registry" if in_registry else "its repositories"
            if registry == account:
                yield (
                    f"grant {grant.name}: a plan from a file leaves the policy of {where} out; plan with the "
                    f"credentials of account {registry}"
                )
            elif registry in applied:
                yield f"grant {grant.name}: the policy of {where} lies in account {registry}; apply this catalog there"
            else:
                yield (
                    f"grant {grant.name}: the policy of {where} in account {registry} is not set by apply; "
                    f"`ecrgen render {grant.name} --repository-policy` prints what to add to it"
                )


def identities_elsewhere(
    grant: Grant, home: str, account: str, target: Target, together: Collection[str] = ()
) -> Iterator[str]:
    """The sentences about the identity policies of grantees of other accounts than this one and those `together`."""
    grantees = grantees_of(grant.to)
    if grant.persona.of_registry:
        registry = grant.target(target).account
        foreign = [
            text
            for text, each in grantees.items()
            if not isinstance(each, Service) and account_of(each, home) != registry
        ]
        if foreign:
            yield (
                f"grant {grant.name}: whoever uses it from {in_words(foreign)} needs an identity policy there that "
                "allows the same; AWS's own role for replication has one"
            )
        return
    others = [text for text, each in grantees.items() if isinstance(each, AnAccount | Organization | PermissionSet)]
    for other, names in entities_by_account(grant, home).items():
        if other == account or other in together:
            continue
        what = "it denies something, so apply this catalog there first"
        if not denies(grant, target):
            what = "apply this catalog there, too"
        yield f"grant {grant.name}: the identity half of {in_words(names)} lies in account {other}; {what}"
    if others:
        yield (
            f"grant {grant.name}: whoever uses it from {in_words(others)} needs an identity policy there, which "
            f"`ecrgen render {grant.name} --identity` prints"
        )


def denies(grant: Grant, target: Target) -> bool:
    """True where a grant's identity policy takes from what others give, as soon as somebody has it.

    Nothing orders the runs of two accounts (docs/adr/0019).
    """
    if grant.managed:
        return False
    with suppress(EcrgenError):  # what is wrong with it is said where it is planned
        document = identity_half(grant, target)
        return document is not None and any(each.effect == "Deny" for each in document.statements)
    return False
